-- Records what became of a claimed group. Recipients that the claim no longer holds are left alone,
-- so a replay changes nothing and a late commit cannot land on another's claim. The epoch is not
-- asked: what was sent was sent.
-- KEYS    as in transitions.lua
-- ARGV    1 claim number  2 channel  3 first ordinal of the chunk  4 its recipients, then for each
--         recipient: ordinal, state (sent, failed, retry-wait, skipped or unknown), ms until its
--         retry is due, `1` when the attempt counts
-- Returns {recipients whose commit landed, finished 0/1}; {-1, 0} when there is no ledger.
-- Atomic, so that "finished" is decided with the last commit. Bounded by the chunk.
local channel = tonumber(ARGV[2])
local range = loadRange(tonumber(ARGV[3]), tonumber(ARGV[4]))
if not range then return { -1, 0 } end
local isCancelled = redis.call('HGET', LEDGER, 'mode') == 'cancelled'
local now, landed = nowMs(), 0

for index = 5, #ARGV, 4 do
  local ordinal, to = tonumber(ARGV[index]), tonumber(ARGV[index + 1])
  local state, attempts = stateOf(range, channel, ordinal)
  if state == CLAIMED and to ~= CLAIMED and holdOf(channel, ordinal) == ARGV[1] then
    if ARGV[index + 3] ~= '1' then attempts = attempts - 1 end
    if move(range, channel, ordinal, to, attempts, LEGAL) then landed = landed + 1 end
    if to == RETRY then
      hold(channel, ordinal, '0', now + tonumber(ARGV[index + 2]))
      -- Nobody claims in a cancelled campaign, so the retry would wait for ever.
      if isCancelled then move(range, channel, ordinal, CANCELLED, attempts, LEGAL) end
    end
  end
end
return { landed, settle(range) }
