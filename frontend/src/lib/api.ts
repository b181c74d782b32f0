// The studio's server, when there is one: the page has its token, and every change carries it.
export type Fault = { what: string; where?: string; line?: number | null; allowed?: string; near?: string; cure?: string };
export type Point = { question?: string; futures: number; value: number | null; interval: Record<string, [number, number] | null> };
export type Job = {
  id: string; state: string; case?: string; done: number; total: number; rate: number | null; left_s: number | null;
  result?: string | null; faults?: Fault[]; narrowing?: Point[];
};
export type CaseCard = { id: string; title: string; summary: string; path?: string; own?: boolean; last_run?: string | null };
export type ResultCard = { id: string; case: string; title: string; futures: number; done: number; arms: string[]; finished: boolean; when: string };
export type Spot = { id: string; label: string; marker: boolean; lon: number | null; lat: number | null };
export type CaseSketch = {
  faults: number; outlines?: GeoJSON.FeatureCollection | null; places?: Spot[]; questions?: number; first?: string;
  arms?: number; hypotheses?: number; start?: string; days?: number;
};
export type ResultSketch = {
  outlines: GeoJSON.FeatureCollection | null; places: Spot[]; values: Record<string, number | null>; title: string;
  answers: { text: string; said: string }[];
};
export type Watch = { close: () => void };
export type State = { version: string; cases: CaseCard[]; results: ResultCard[]; jobs: Job[] };
export type CaseFile = { name: string; text: string; editable: boolean; sha256?: string };

const meta = document.querySelector<HTMLMetaElement>('meta[name="diarchy-token"]');
export const token = meta?.content ?? "";

export class Refused extends Error {
  constructor(message: string, readonly faults: Fault[] = []) {
    super(message);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    const headers: Record<string, string> = { "X-Diarchy-Token": token };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    answer = await fetch(`/api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused("The studio's server does not answer. Is it still running?");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(found.faults?.[0]?.what ?? `The server said ${answer.status}.`, found.faults ?? []);
  return found as T;
}

const part = encodeURIComponent;
export const api = {
  state: () => call<State>("GET", "state"),
  case: (id: string) => call<any>("GET", `cases/${part(id)}`),
  caseSketch: (id: string) => call<CaseSketch>("GET", `cases/${part(id)}/sketch`),
  resultSketch: (id: string) => call<ResultSketch>("GET", `results/${part(id)}/sketch`),
  check: (id: string, files: Record<string, string>) => call<any>("POST", "check", { case: id, files }),
  copy: (from: string, name: string) => call<any>("POST", "cases", { from, name }),
  save: (id: string, files: CaseFile[]) =>
    call<any>("PUT", `cases/${part(id)}/files`, {
      files: Object.fromEntries(files.map((f) => [f.name, f.text])),
      was: Object.fromEntries(files.map((f) => [f.name, f.sha256 ?? ""])),
    }),
  start: (job: Record<string, unknown>) => call<{ id: string }>("POST", "jobs", job),
  job: (id: string) => call<Job>("GET", `jobs/${part(id)}`),
  stop: (id: string) => call<Job>("POST", `jobs/${part(id)}/stop`),
  resume: (id: string) => call<Job>("POST", `jobs/${part(id)}/resume`),
  bundle: async (id: string): Promise<string> => {
    const answer = await fetch(`/api/results/${part(id)}/bundle`, { headers: { "X-Diarchy-Token": token } });
    if (!answer.ok) throw new Refused(`The result cannot be opened (${answer.status}).`);
    return answer.text();
  },
  exported: async (id: string, kind: string): Promise<Blob> => {
    const answer = await fetch(`/api/results/${part(id)}/export/${kind}`, { headers: { "X-Diarchy-Token": token } });
    if (!answer.ok) throw new Refused(`It cannot be exported (${answer.status}).`);
    return answer.blob();
  },
  watch,
};

/** Follow a job by server-sent events, read from a fetch because only that carries the token. */
function watch(id: string, told: (job: Job) => void, ended: () => void): Watch {
  const stop = new AbortController();
  void (async () => {
    try {
      const answer = await fetch(`/api/jobs/${part(id)}/events`, { headers: { "X-Diarchy-Token": token }, signal: stop.signal });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: "" };
        if (done) break;
        text += value;
        const events = text.split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) {
          const data = event.split("\n").filter((l) => l.startsWith("data:")).map((l) => l.slice(5)).join("\n");
          if (data.trim()) told(JSON.parse(data) as Job);
        }
      }
    } catch {
      if (stop.signal.aborted) return;
    }
    if (!stop.signal.aborted) ended();
  })();
  return { close: () => stop.abort() };
}
