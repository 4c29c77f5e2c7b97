-- Gives a worker a small group of a chunk's recipients to send to: pending ones, retries that fell
-- due, and those whose claim ran out. A claim that ran out on a channel that cannot tell a repeat
-- becomes unknown: it may have been sent.
-- KEYS    as in transitions.lua
-- ARGV    1 run  2 epoch  3 channel  4 first ordinal of the chunk  5 its recipients  6 group size
--         7 lease in ms  8 `1` when the channel can be sent to again without a second message
--         9 claims after which a recipient whose claims keep running out is given up as unknown
-- Returns {'fenced'} (stop: paused, cancelled, rebuilt or gone), or {'open', claim number, ms until
--         more may be claimed or -1, finished 0/1, {ordinal, attempt, ...}, {given-up ordinals}}.
-- Atomic, so that no recipient is in two claims. Bounded by the chunk.
local facts = redis.call('HMGET', LEDGER, 'run', 'epoch', 'mode')
if facts[1] ~= ARGV[1] or facts[2] ~= ARGV[2] or facts[3] ~= 'running' then return { 'fenced' } end
local channel, groupSize, now = tonumber(ARGV[3]), tonumber(ARGV[6]), nowMs()
local range = loadRange(tonumber(ARGV[4]), tonumber(ARGV[5]))
local taken, doubted, waitUntil = {}, {}, nil

local function wait(untilMs)
  if not waitUntil or untilMs < waitUntil then waitUntil = untilMs end
end

-- 'take', 'doubt' or nothing for one recipient.
local function fateOf(ordinal)
  local state, attempts = stateOf(range, channel, ordinal)
  if isTerminal(state) then return nil end
  if state == PENDING then return 'take', attempts end
  local _, untilMs = holdOf(channel, ordinal)
  if untilMs > now then
    wait(untilMs)
    return nil
  end
  if state == CLAIMED and (ARGV[8] ~= '1' or attempts >= tonumber(ARGV[9])) then return 'doubt', attempts end
  return 'take', attempts
end

for ordinal = range.from, range.from + range.count - 1 do
  local fate, attempts = fateOf(ordinal)
  if fate == 'doubt' and move(range, channel, ordinal, UNKNOWN, attempts, LEGAL) then
    doubted[#doubted + 1] = ordinal
  elseif fate == 'take' then
    if #taken == groupSize * 2 then
      wait(now)
      break
    end
    taken[#taken + 1] = ordinal
    taken[#taken + 1] = attempts + 1
  end
end

local claim = 0
if #taken > 0 then
  claim = string.format('%.0f', redis.call('HINCRBY', LEDGER, 'claimNumber', 1))
  for index = 1, #taken, 2 do
    move(range, channel, taken[index], CLAIMED, taken[index + 1], LEGAL)
    hold(channel, taken[index], claim, now + tonumber(ARGV[7]))
  end
end
return { 'open', claim, waitUntil and waitUntil - now or -1, settle(range), taken, doubted }
