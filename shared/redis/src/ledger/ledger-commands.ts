import { type Command, defineCommand } from '../define-command.ts';
import activate from './activate-ledger.lua';
import cancelSlice from './cancel-slice.lua';
import claim from './claim.lua';
import closeChunk from './close-chunk.lua';
import commit from './commit.lua';
import doubtChunk from './doubt-chunk.lua';
import openChunks from './open-chunks.lua';
import openLedger from './open-ledger.lua';
import restoreChunk from './restore-chunk.lua';
import setMode from './set-mode.lua';
import transitions from './transitions.lua';

const NUMBER_OF_KEYS = 5;

const alone = (script: string): Command => defineCommand(script, NUMBER_OF_KEYS);
const withTransitions = (script: string): Command => alone(`${transitions}\n${script}`);

/** The scripts of a campaign's ledger; each takes the keys of `keys.campaign` in their order. */
export const ledgerCommands = {
  open: alone(openLedger),
  activate: alone(activate),
  setMode: alone(setMode),
  openChunks: alone(openChunks),
  claim: withTransitions(claim),
  commit: withTransitions(commit),
  cancelSlice: withTransitions(cancelSlice),
  doubtChunk: withTransitions(doubtChunk),
  restoreChunk: withTransitions(restoreChunk),
  closeChunk: withTransitions(closeChunk),
} as const;
