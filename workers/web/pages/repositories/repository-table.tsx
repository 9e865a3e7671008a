import type { Repository } from "../../../registry/index.ts";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { pathOf } from "./paths.ts";

export function RepositoryTable({ repositories, now }: { repositories: readonly Repository[]; now: number }) {
  return (
    <Table
      caption="Repositories"
      columns={[{ label: "Name" }, { label: "Visibility", whole: true }, { label: "Made", whole: true }]}
      rows={repositories.map(({ name, visibility, createdAt }) => [
        <a class="name" href={pathOf(name)}>
          {name}
        </a>,
        visibility,
        <Time at={createdAt} now={now} />,
      ])}
    />
  );
}
