-- After Redis lost writes: recipients of a chunk that sending had begun on, of which no record is
-- left, become unknown on a channel that cannot tell a repeat.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis  2 round  3 channel  4 first ordinal of the chunk  5 its recipients
-- Returns the number of recipients that became unknown; 0 when the ledger is active in this run, or
--         of another round.
-- Atomic. Bounded by the chunk.
local known = redis.call('HMGET', LEDGER, 'run', 'round')
if known[1] == ARGV[1] or known[2] ~= ARGV[2] then return 0 end
local channel = tonumber(ARGV[3])
local range = loadRange(tonumber(ARGV[4]), tonumber(ARGV[5]))
if not range then return 0 end
local doubted, ordinal = 0, range.from
while ordinal <= range.last do
  local finish, state, attempts = stretchOf(range, channel, ordinal, range.last)
  if not isTerminal(state) then
    doubted = doubted + move(range, channel, ordinal, finish, UNKNOWN, attempts, LEGAL)
  end
  ordinal = finish + 1
end
settle(range)
return doubted
