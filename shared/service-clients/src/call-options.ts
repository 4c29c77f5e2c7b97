import type { CallAnswer, CallInput, Identity, SERVICE_CALLS } from '@cloudphone/contracts';

export interface CallOptions {
  /** Monotonic instant after which nobody waits any more; the request's own unless earlier. */
  readonly deadlineAtMs?: number;
  /** On whose behalf; unless given, whoever made the request, else the platform itself. */
  readonly identity?: Identity;
  readonly idempotencyKey?: string;
  /** The version that a change is based on. */
  readonly ifMatch?: string | number;
  /** Told the answer's headers, also of refusals. */
  readonly onHeaders?: (headers: Readonly<Record<string, string>>) => void;
}

/** What a write answers, with the ids of the events it caused, in order. */
export interface Written<Answer> {
  readonly answer: Answer;
  readonly eventIds: readonly string[];
}

type ResultOf<Call> = Call extends { readonly method: 'GET' }
  ? CallAnswer<Call>
  : Written<CallAnswer<Call>>;

/** One operation of a service. A call without parameters takes no input. */
export type ServiceCall<Call> =
  Record<never, never> extends CallInput<Call>
    ? (input?: CallInput<Call>, options?: CallOptions) => Promise<ResultOf<Call>>
    : (input: CallInput<Call>, options?: CallOptions) => Promise<ResultOf<Call>>;

type Calls = typeof SERVICE_CALLS;

/** Every operation of every service, by the contract: `clients.device.getDevice({ params })`. */
export type ServiceClients = {
  readonly [Service in keyof Calls]: {
    readonly [Name in keyof Calls[Service]]: ServiceCall<Calls[Service][Name]>;
  };
};
