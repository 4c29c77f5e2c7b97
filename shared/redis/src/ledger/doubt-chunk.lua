-- After Redis lost writes: recipients of a chunk that sending had begun on, of which no record is
-- left, become unknown on a channel that cannot tell a repeat.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis  2 channel  3 first ordinal of the chunk  4 its recipients
-- Returns the number of recipients that became unknown; 0 when the ledger is active in this run.
-- Atomic. Bounded by the chunk.
if redis.call('HGET', LEDGER, 'run') == ARGV[1] then return 0 end
local channel = tonumber(ARGV[2])
local range = loadRange(tonumber(ARGV[3]), tonumber(ARGV[4]))
if not range then return 0 end
local doubted = 0
for ordinal = range.from, range.from + range.count - 1 do
  local state, attempts = stateOf(range, channel, ordinal)
  if not isTerminal(state) and move(range, channel, ordinal, UNKNOWN, attempts, LEGAL) then
    doubted = doubted + 1
  end
end
settle(range)
return doubted
