import { type Command, defineCommand } from '../define-command.ts';
import activate from './activate-ledger.lua';
import cancelSlice from './cancel-slice.lua';
import closeChunks from './close-chunks.lua';
import doubtChunk from './doubt-chunk.lua';
import expire from './expire-ledger.lua';
import grants from './grants.lua';
import noteLimit from './note-limit.lua';
import openChunks from './open-chunks.lua';
import openLedger from './open-ledger.lua';
import restoreChunk from './restore-chunk.lua';
import setMode from './set-mode.lua';
import step from './step.lua';
import transitions from './transitions.lua';

const NUMBER_OF_KEYS = 5;

const alone = (script: string): Command => defineCommand(script, NUMBER_OF_KEYS);
const withTransitions = (script: string): Command => alone(`${transitions}\n${script}`);

/** The scripts of a campaign's ledger; each takes the keys of `keys.campaign` in their order. */
export const ledgerCommands = {
  open: alone(openLedger),
  activate: alone(activate),
  setMode: alone(setMode),
  noteLimit: alone(noteLimit),
  expire: alone(expire),
  openChunks: alone(openChunks),
  step: withTransitions(`${grants}\n${step}`),
  cancelSlice: withTransitions(cancelSlice),
  doubtChunk: withTransitions(doubtChunk),
  restoreChunk: withTransitions(restoreChunk),
  closeChunks: withTransitions(closeChunks),
} as const;
