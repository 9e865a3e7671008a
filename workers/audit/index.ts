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
} from "./entries.ts";
