export type { AnswerStatus, AnswerTier, PartTiming, ViewAnswer } from './answer.ts';
export type { Change, ChangeClass, ChangeFeed, Reset } from './change-feed.ts';
export type { Unsafe } from './core.ts';
export { createViewCache } from './create-view-cache.ts';
export type { AnyView, LoadTools, Scope, ScopeKind, View, ViewOptions } from './define-view.ts';
export { defineView } from './define-view.ts';
export type { Duration } from './duration.ts';
export type { EntryReport, EntryVerdict, Explanation, ListOptions } from './inspect.ts';
export type { Position } from './position.ts';
export type { Token } from './reader.ts';
export type { Recipe } from './recipes.ts';
export type { ShadowCounts } from './shadow-validator.ts';
export type {
  ReadOptions,
  ViewCache,
  ViewCacheOptions,
  ViewCacheStats,
  ViewStats,
} from './view-cache.ts';
export type { ViewKey } from './view-key.ts';
export { keyOf } from './view-key.ts';
export type { ViewStore } from './view-store.ts';
export type { WarmUp } from './warm-up.ts';
