// What has been edited of a case and is not saved yet: it outlives the screen, so that a run can take what is seen.
import type { CaseFile } from "./api";

const drafts = $state<Record<string, Record<string, string>>>({});

/** The files of a case that differ from what is saved: name -> text; null when none does. */
export function draftOf(id: string): Record<string, string> | null {
  const found = drafts[id];
  return found && Object.keys(found).length ? found : null;
}

/** Note what is on the screen of a case beside what is saved. */
export function note(id: string, files: CaseFile[], saved: CaseFile[]): void {
  const was = new Map(saved.map((f) => [f.name, f.text]));
  drafts[id] = Object.fromEntries(files.filter((f) => f.editable && f.text !== was.get(f.name)).map((f) => [f.name, f.text]));
}

/** The files of a case as they were left on the screen. */
export function drafted(id: string, saved: CaseFile[]): CaseFile[] {
  return saved.map((f) => ({ ...f, text: (f.editable ? drafts[id]?.[f.name] : undefined) ?? f.text }));
}

export function discard(id: string): void {
  delete drafts[id];
}

/** Whether leaving the page would lose something. */
export const anyDraft = (): boolean => Object.keys(drafts).some((id) => draftOf(id));
