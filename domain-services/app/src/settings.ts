/** What an operator may turn; `config.ts` reads it from the environment. */
export interface AppSettings {
  /** How long the device service may take to install or remove; with its repetitions. */
  readonly answerTimeoutMs: number;
  /** How often requests that nobody answered are looked for. */
  readonly lookEveryMs: number;
}

export const DEFAULT_SETTINGS: AppSettings = {
  answerTimeoutMs: 300_000,
  lookEveryMs: 5_000,
};
