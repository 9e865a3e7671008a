import { accessPage } from "./access.tsx";
import { explainPage } from "./explain.tsx";
import { newRepositoryPage, repositoriesPage } from "./list.tsx";
import { repositoryPage } from "./overview.tsx";
import { deleteRepositoryPage, repositorySettingsPage } from "./settings.tsx";

/** The page of a repository itself comes last: its path fits those below it too. */
export const repositoryPages = [
  repositoriesPage,
  newRepositoryPage,
  accessPage,
  explainPage,
  repositorySettingsPage,
  deleteRepositoryPage,
  repositoryPage,
];
