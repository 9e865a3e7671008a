export {
  auditEach,
  auditEntry,
  exportEntries,
  hubLog,
  listEntries,
  recordEvent,
  shapeEntry,
  type Actor,
  type Entry,
  type EntryFilter,
  type NewEntry,
} from "./entries.ts";
