export type LimitedBy = 'person' | 'address';

/** What every person's or every address's window holds. */
export interface LimitRule {
  readonly by: LimitedBy;
  readonly limit: number;
  readonly windowMs: number;
}

/** The share of one person's or address's windows that one process holds, one window after another. */
export interface Allowance {
  readonly rule: LimitRule;
  /** What this process knows to be left; others may have taken some of it. */
  readonly remaining: number;
  /** This process counts with another one by now: look it up anew. */
  readonly isForgotten: boolean;
  /** Whether one more request may pass at that instant (wall clock). Counts nothing. */
  isOpen(nowMs: number): boolean;
  /** Counts one request; false when it is one too many, and then nothing is counted. */
  take(nowMs: number): boolean;
  resetSeconds(nowMs: number): number;
}

/** A class, so that a hit that asks two of them makes nothing new. */
export class Holding implements Allowance {
  readonly rule: LimitRule;
  readonly key: string;
  isForgotten = false;
  /** Number of the window, from the wall clock. */
  window = -1;
  isAsking = false;
  #endsAtMs = 0;
  #used = 0;
  /** What Redis has handed to this process, and to all of them as far as this one has heard. */
  #leased = 0;
  #leasedByAll = 0;
  #isSpent = false;
  readonly #askForMore: (holding: Holding) => void;
  readonly #lowWater: number;

  constructor(given: {
    readonly rule: LimitRule;
    readonly key: string;
    readonly lowWater: number;
    /** Called when little of what was leased is left. */
    readonly askForMore: (holding: Holding) => void;
  }) {
    this.rule = given.rule;
    this.key = given.key;
    this.#lowWater = given.lowWater;
    this.#askForMore = given.askForMore;
  }

  /** Requests that were let pass on credit. */
  get owed(): number {
    return Math.max(0, this.#used - this.#leased);
  }

  get remaining(): number {
    const takenByOthers = Math.max(0, this.#leasedByAll - this.#leased);
    return Math.max(0, this.rule.limit - this.#used - takenByOthers);
  }

  isOpen(nowMs: number): boolean {
    this.#turnTo(nowMs);
    return this.#used < this.#ceiling;
  }

  take(nowMs: number): boolean {
    const isAllowed = this.isOpen(nowMs);
    if (isAllowed) this.#used += 1;
    const isLow = this.#leased - this.#used <= this.#lowWater;
    if (isLow && !this.isAsking && !this.#isSpent) this.#askForMore(this);
    return isAllowed;
  }

  resetSeconds(nowMs: number): number {
    return Math.ceil((this.#endsAtMs - nowMs) / 1_000);
  }

  /** What Redis granted, and to all processes together, for a window that may be over by now. */
  lease(window: number, grant: { granted: number; wanted: number; total: number }): void {
    if (window !== this.window) return;
    this.#leased += grant.granted;
    this.#leasedByAll = grant.total;
    this.#isSpent = grant.granted < grant.wanted;
  }

  get #ceiling(): number {
    const { limit } = this.rule;
    return this.#isSpent ? Math.min(this.#leased, limit) : limit;
  }

  #turnTo(nowMs: number): void {
    const { windowMs } = this.rule;
    if (nowMs < this.#endsAtMs && nowMs >= this.#endsAtMs - windowMs) return;
    this.window = Math.floor(nowMs / windowMs);
    this.#endsAtMs = (this.window + 1) * windowMs;
    this.#used = 0;
    this.#leased = 0;
    this.#leasedByAll = 0;
    this.#isSpent = false;
    this.isAsking = false;
  }
}
