-- Tells a ledger what the mirror recorded of a chunk. Recipients that are finished here stay.
-- KEYS    as in transitions.lua
-- ARGV    1 run id of this Redis  2 channel  3 first ordinal of the chunk  4 its recipients
--         5 their bytes, two hex digits each
-- Returns the number of recipients restored; 0 when the ledger is active in this run.
-- Atomic. Bounded by the chunk.
if redis.call('HGET', LEDGER, 'run') == ARGV[1] then return 0 end
local channel = tonumber(ARGV[2])
local range = loadRange(tonumber(ARGV[3]), tonumber(ARGV[4]))
if not range then return 0 end
local restored = 0
for index = 1, range.count do
  local byte = tonumber(string.sub(ARGV[5], index * 2 - 1, index * 2), 16)
  local state = byte % 16
  if move(range, channel, range.from + index - 1, state, (byte - state) / 16, LEGAL_WHEN_RESTORING) then
    restored = restored + 1
  end
end
settle(range)
return restored
