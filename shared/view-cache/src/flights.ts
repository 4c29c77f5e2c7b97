import type { PartTiming } from './answer.ts';
import type { Entry } from './entry.ts';
import type { Position } from './position.ts';
import type { Recorder } from './recorder.ts';

/** What a flight brings home. */
export interface Fill {
  readonly entry: Entry;
  readonly tier: 'redis' | 'source';
  /** The load's number; undefined when it was found in the second tier. */
  readonly loadNumber: number | undefined;
  /** Found changed, but within what the view tolerates. */
  readonly isTolerated: boolean;
  /** Made of an answer that named nothing: of what has changed since, nothing is known. */
  readonly isUntold: boolean;
  /** Loaded without the store: nobody else was asked. */
  readonly isBlind: boolean;
  readonly timings: readonly PartTiming[];
}

/**
 * One way to an answer, which several readers may share: the look-up in Redis and, if needed, the
 * load. Its members become known as it goes.
 */
export interface Flight {
  readonly key: string;
  /** It loads, whatever the second tier holds. */
  readonly isForced: boolean;
  /** Of the order in which readers, flights and loads began. */
  readonly number: number;
  /** The log's position before the first byte. */
  start: Position | undefined;
  loadNumber: number | undefined;
  /** What the load has read so far. */
  recorder: Recorder | undefined;
  /** Called when `start` is settled. */
  depart(): void;
  hasDeparted: boolean;
  readonly departed: Promise<void>;
}

export interface FlightUnderWay {
  readonly flight: Flight;
  readonly landed: Promise<Fill>;
}

/** The newest flight of each key, and the order in which readers, flights and loads began. */
export interface Flights {
  readonly size: number;
  nextNumber(): number;
  find(key: string): FlightUnderWay | undefined;
  /** From now on the one that readers of the key find; those of an older one keep theirs. */
  begin(
    options: { readonly key: string; readonly isForced: boolean },
    fly: (flight: Flight) => Promise<Fill>,
  ): FlightUnderWay;
  /** Resolves when nothing is in the air. */
  allLanded(): Promise<void>;
}

export function createFlights(): Flights {
  const newest = new Map<string, FlightUnderWay>();
  const inTheAir = new Set<Promise<Fill>>();
  let number = 0;
  return {
    get size() {
      return inTheAir.size;
    },
    nextNumber: () => ++number,
    find: (key) => newest.get(key),
    begin: ({ key, isForced }, fly) => {
      const flight = prepare(key, isForced, ++number);
      const landed = fly(flight);
      const underWay = { flight, landed };
      newest.set(key, underWay);
      inTheAir.add(landed);
      const end = (): void => {
        flight.depart();
        inTheAir.delete(landed);
        if (newest.get(key) === underWay) newest.delete(key);
      };
      // Those who wait hear of a failure; a refresh that nobody waits for has told the log.
      landed.then(end, end);
      return underWay;
    },
    allLanded: async () => {
      while (inTheAir.size > 0) await Promise.allSettled(inTheAir);
    },
  };
}

function prepare(key: string, isForced: boolean, number: number): Flight {
  let announce = (): void => {};
  const departed = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const flight: Flight = {
    key,
    isForced,
    number,
    start: undefined,
    loadNumber: undefined,
    recorder: undefined,
    hasDeparted: false,
    depart: () => {
      flight.hasDeparted = true;
      announce();
    },
    departed,
  };
  return flight;
}
