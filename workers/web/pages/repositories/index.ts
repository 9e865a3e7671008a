import { accessPage } from "./access.tsx";
import { comparePage } from "./compare.tsx";
import { deleteRepositoryPage } from "./delete-repository.tsx";
import { deleteTagPage } from "./delete-tag.tsx";
import { explainPage } from "./explain.tsx";
import { imagePage, tagPage } from "./image.tsx";
import { newRepositoryPage, repositoriesPage } from "./list.tsx";
import { repositoryPage } from "./overview.tsx";
import { pullsPage } from "./pulls.tsx";
import { readmePage } from "./readme.tsx";
import { repositorySettingsPage } from "./settings.tsx";
import { starsPage } from "./stars.tsx";
import { tagsPage } from "./tags.tsx";
import { usedByPage } from "./used-by.tsx";

/** The page of a repository itself comes last: its path fits those below it too. */
export const repositoryPages = [
  repositoriesPage,
  newRepositoryPage,
  tagsPage,
  deleteTagPage,
  tagPage,
  imagePage,
  comparePage,
  usedByPage,
  starsPage,
  pullsPage,
  readmePage,
  accessPage,
  explainPage,
  repositorySettingsPage,
  deleteRepositoryPage,
  repositoryPage,
];
