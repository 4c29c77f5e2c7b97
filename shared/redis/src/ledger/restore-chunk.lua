-- Tells a ledger what the mirror recorded of a chunk. Recipients that are finished here stay; what the
-- mirror calls pending is left as it is.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis  2 round  3 channel  4 first ordinal of the chunk  5 its recipients
--         6 their bytes
-- Returns the number of recipients restored; 0 when the ledger is active in this run, or of another
--         round.
-- Atomic. Bounded by the chunk.
local known = redis.call('HMGET', LEDGER, 'run', 'round')
if known[1] == ARGV[1] or known[2] ~= ARGV[2] then return 0 end
local channel = tonumber(ARGV[3])
local range = loadRange(tonumber(ARGV[4]), tonumber(ARGV[5]))
if not range then return 0 end
local told = ARGV[6]
local restored, ordinal = 0, range.from
local last = math.min(range.last, range.from + #told - 1)
while ordinal <= last do
  local index = ordinal - range.from + 1
  local byte = string.byte(told, index)
  local state = byte % 16
  local alike = stretchOf(range, channel, ordinal, last)
  local finish = math.min(alike, range.from + runEnd(told, index, last - range.from + 1) - 1)
  restored = restored + move(range, channel, ordinal, finish, state, (byte - state) / 16, LEGAL_WHEN_RESTORING)
  ordinal = finish + 1
end
settle(range)
return restored
