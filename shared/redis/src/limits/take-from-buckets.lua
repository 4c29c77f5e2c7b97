-- Grants up to `wanted` units that every one of some limits allows now (GCRA: ITU-T I.371).
-- KEYS    one a bucket: its theoretical arrival time, microseconds of this server's clock
-- ARGV    1 wanted, then for each bucket: microseconds a unit, units that may come early
-- Returns {granted, ms until there may be more; 0 when all were granted, number of the tightest bucket,
--         0 when all were granted}.
-- Atomic, so that processes together are never granted more than a limit, and no unit is taken of one
-- limit that another refuses. Bounded by the buckets; each expires when it is full again.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local granted, waitUs, tightest = tonumber(ARGV[1]), 0, 0
local starts = {}

for index, key in ipairs(KEYS) do
  local each, early = tonumber(ARGV[index * 2]), tonumber(ARGV[index * 2 + 1])
  local start = math.max(tonumber(redis.call('GET', key) or '0'), now)
  starts[index] = start
  -- A thousandth of a unit: what doubles of this size lose.
  local room = math.floor((now - start) / each + early + 0.001) + 1
  if room < granted then
    granted, tightest = math.max(0, room), index
    -- Until one unit more than is granted now fits.
    waitUs = math.max(waitUs, start - now + each * (granted - early))
  end
end

if granted > 0 then
  for index, key in ipairs(KEYS) do
    local arrival = starts[index] + tonumber(ARGV[index * 2]) * granted
    redis.call('SET', key, string.format('%.3f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1000)
  end
end
return { granted, math.ceil(waitUs / 1000), tightest }
