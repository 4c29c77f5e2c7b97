-- Notes what an entry weighs and names others to be deleted, so that all of them keep a byte budget.
-- KEYS  ledger (hash: entry to <bytes>:<when it expires, ms>), total (string: bytes)
-- ARGV  entry, its bytes, its lifetime in ms, the budget in bytes
-- Returns  {total, entry, …}: what all weigh now, and the entries that have to go
-- Atomic because the total must be the sum of the ledger. Entries themselves are on other nodes of a
-- Cluster: whoever calls deletes them; if it dies first, they live on until they expire, uncounted.
-- Approximate, as Redis' own eviction is: of a random sample, what expires first leaves. Entries that
-- have expired are taken off the ledger as samples meet them. At most 8 samples of 16.

local SAMPLES, SAMPLE_SIZE = 8, 16
local LEDGER_MS = 86400000 -- a day: twice as long as any entry
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local total = tonumber(redis.call('GET', KEYS[2]) or '0')
local budget = tonumber(ARGV[4])

local function weight_of(noted)
  local bytes, expires_ms = string.match(noted, '^(%d+):(%d+)$')
  return tonumber(bytes), tonumber(expires_ms)
end

local function take_off(entry, bytes)
  redis.call('HDEL', KEYS[1], entry)
  total = total - bytes
end

local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  take_off(ARGV[1], (weight_of(before)))
end
local expires_ms = string.format('%.0f', now_ms + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. expires_ms)
total = total + tonumber(ARGV[2])

local victims = {}
for sample = 1, SAMPLES do
  if sample > 1 and total <= budget then
    break
  end
  local noted = redis.call('HRANDFIELD', KEYS[1], SAMPLE_SIZE, 'WITHVALUES')
  local oldest, oldest_bytes, oldest_ms
  for i = 1, #noted, 2 do
    local bytes, ends_ms = weight_of(noted[i + 1])
    if ends_ms <= now_ms then
      take_off(noted[i], bytes)
    elseif noted[i] ~= ARGV[1] and (not oldest_ms or ends_ms < oldest_ms) then
      oldest, oldest_bytes, oldest_ms = noted[i], bytes, ends_ms
    end
  end
  if total > budget and oldest then
    take_off(oldest, oldest_bytes)
    victims[#victims + 1] = oldest
  end
end

redis.call('SET', KEYS[2], string.format('%.0f', total), 'PX', LEDGER_MS)
redis.call('PEXPIRE', KEYS[1], LEDGER_MS)
return { total, unpack(victims) }
