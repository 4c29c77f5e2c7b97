-- Ends the recipients of a cancelled campaign that nobody has begun: pending and waiting ones become
-- cancelled; those whose claim ran out become unknown; live claims are left to their commits.
-- KEYS    as in transitions.lua
-- ARGV    1 first ordinal  2 recipients, at most some thousand
-- Returns {recipients still claimed, finished 0/1}; {-1, 0} when there is no cancelled ledger.
-- Atomic within the slice; the whole is done slice by slice and may be repeated.
if redis.call('HGET', LEDGER, 'mode') ~= 'cancelled' then return { -1, 0 } end
local range = loadRange(tonumber(ARGV[1]), tonumber(ARGV[2]))
local now, claimed = nowMs(), 0
for channel = 0, range.channels - 1 do
  for ordinal = range.from, range.from + range.count - 1 do
    local state, attempts = stateOf(range, channel, ordinal)
    if state == PENDING or state == RETRY then
      move(range, channel, ordinal, CANCELLED, attempts, LEGAL)
    elseif state == CLAIMED then
      local _, untilMs = holdOf(channel, ordinal)
      if untilMs <= now then
        move(range, channel, ordinal, UNKNOWN, attempts, LEGAL)
      else
        claimed = claimed + 1
      end
    end
  end
end
return { claimed, settle(range) }
