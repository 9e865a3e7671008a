import type { Child } from "hono/jsx";
import type { Option } from "./field.tsx";

/** What a list is narrowed by. It is sent by GET, so that the address holds it. */
export function Filters({
  label,
  submit = "Filter",
  children,
}: {
  label: string;
  submit?: string;
  children?: Child;
}) {
  return (
    <form method="get" class="filters" aria-label={label}>
      {children}
      <button class="quiet">{submit}</button>
    </form>
  );
}

interface FilterProps {
  name: string;
  label: string;
  value: string | undefined;
  type?: "search" | "date";
  placeholder?: string;
}

export function Filter({ name, label, value = "", type = "search", placeholder }: FilterProps) {
  const id = `filter-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} name={name} type={type} value={value} placeholder={placeholder} autocomplete="off" />
    </div>
  );
}

interface FilterChoiceProps {
  name: string;
  label: string;
  value: string | undefined;
  options: readonly Option[];
  /** One has to be chosen. */
  required?: boolean;
}

/** One of several, or any. */
export function FilterChoice({ name, label, value = "", options, required }: FilterChoiceProps) {
  const id = `filter-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {(required ? options : [{ value: "", label: "Any" }, ...options]).map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
