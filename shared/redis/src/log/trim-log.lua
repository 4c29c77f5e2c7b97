-- Deletes rows that are old and that every group has read.
-- KEYS  clock, stream, groups (hash: name to <epoch>.<seq>), checkpoints (sorted set: <epoch>.<seq> by
--       the time in ms at which that was the last row), sightings (sorted set: group by the time in ms)
-- ARGV  an epoch to use if a new one is needed; how long rows are kept in ms; how many to delete at
--       most; how long in ms a group may be silent before it is forgotten
-- Returns  {the number of rows deleted, name of each group that was forgotten, …}
-- Atomic because a group that goes back (a new epoch makes it begin again) must not find rows deleted
-- between the look at its position and the deletion. Bounded by ARGV; call again when that was reached.

local epoch, seq = read_clock(KEYS[1], KEYS[2], ARGV[1])
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- NX: a place is as old as its first sighting.
redis.call('ZADD', KEYS[4], 'NX', now_ms, epoch .. '.' .. string.format('%.0f', seq))
local old = redis.call('ZREVRANGEBYSCORE', KEYS[4], now_ms - tonumber(ARGV[2]), '-inf',
  'WITHSCORES', 'LIMIT', 0, 1)
if not old[1] then
  return { 0 }
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. old[2])

-- A place of another epoch is nowhere in this one.
local function seq_here(place)
  local place_epoch, place_seq = string.match(place, '^(.*)%.(%d+)$')
  return place_epoch == epoch and tonumber(place_seq) or 0
end

local reply, last = { 0 }, seq_here(old[1])
local groups = redis.call('HGETALL', KEYS[3])
for i = 1, #groups, 2 do
  local sighted_ms = redis.call('ZSCORE', KEYS[5], groups[i])
  if not sighted_ms then
    redis.call('ZADD', KEYS[5], now_ms, groups[i])
  end
  if sighted_ms and tonumber(sighted_ms) < now_ms - tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[3], groups[i])
    redis.call('ZREM', KEYS[5], groups[i])
    reply[#reply + 1] = groups[i]
  else
    last = math.min(last, seq_here(groups[i + 1]))
  end
end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
if not first then
  return reply
end
last = math.min(last, tonumber(string.match(first[1], '^%d+')) + tonumber(ARGV[3]) - 1)
reply[1] = redis.call('XTRIM', KEYS[2], 'MINID', '=', string.format('%.0f-0', last + 1))
return reply
