-- Ends the recipients of a cancelled campaign that nobody has begun: pending and waiting ones become
-- cancelled; those whose claim ran out become unknown; live claims are left to their commits.
-- KEYS    as in transitions.lua
-- ARGV    1 first ordinal  2 recipients, at most some thousand
-- Returns {recipients still claimed, finished 0/1}; {-1, 0} when there is no cancelled ledger.
-- Atomic within the slice; the whole is done slice by slice and may be repeated.
if factsOf().mode ~= 'cancelled' then return { -1, 0 } end
local range = loadRange(tonumber(ARGV[1]), tonumber(ARGV[2]))
local claimed = 0
for channel = 0, range.channels - 1 do
  local ordinal = range.from
  while ordinal <= range.last do
    local finish, state, attempts, _, untilMs = stretchOf(range, channel, ordinal, range.last)
    if state == PENDING or state == RETRY then
      move(range, channel, ordinal, finish, CANCELLED, attempts, LEGAL)
    elseif state == CLAIMED and untilMs <= nowMs() then
      move(range, channel, ordinal, finish, UNKNOWN, attempts, LEGAL)
    elseif state == CLAIMED then
      claimed = claimed + finish - ordinal + 1
    end
    ordinal = finish + 1
  end
end
return { claimed, settle(range) }
