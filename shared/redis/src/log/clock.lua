-- The log's clock, as every script of the log reads it: this text stands before each of them.
--
-- The clock is a hash {epoch, seq, base, run_id, beats}. An epoch is one unbroken life of this data:
-- it is bound to the run_id of the server that it was made under and to its replication id, kept as
-- run_id. Another run_id (a restart, a promoted replica, a restored file) may have lost writes, and so
-- may the same process under another replication id: it has been a replica of a server that had less,
-- and was promoted again. So the epoch is rotated on sight, here, in the same atomic step that would
-- have used it: no connection can be ahead of the check. A replication id is also new when a server
-- gets its first replica, or has had none for an hour: then an epoch ends for nothing. INFO of both
-- sections costs a microsecond more than of one (13 instead of 12, measured on Redis 7.0).
--
-- Rotation keeps seq: rows that survived keep their numbers and belong to the new epoch too; base is
-- the seq at rotation, so rows up to base may carry an older epoch's name and later ones may not.

local function server_run_id()
  local info = redis.call('INFO', 'server', 'replication')
  return string.match(info, 'run_id:(%x+)') .. ':' .. string.match(info, 'master_replid:(%x+)')
end

local function last_stream_seq(stream)
  if redis.call('EXISTS', stream) == 0 then
    return 0
  end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return tonumber(string.match(info[i + 1], '^%d+'))
    end
  end
  return 0
end

-- A clock that was lost while its stream was not goes on after the stream's last id.
local function rotate(clock, stream, epoch)
  local kept = tonumber(redis.call('HGET', clock, 'seq') or '0')
  local seq = math.max(kept, last_stream_seq(stream))
  local text = string.format('%.0f', seq)
  redis.call('HSET', clock, 'epoch', epoch, 'seq', text, 'base', text, 'run_id', server_run_id())
  return epoch, seq, seq
end

-- Returns epoch, seq, base; makes the clock when it is missing.
local function read_clock(clock, stream, candidate_epoch)
  local kept = redis.call('HMGET', clock, 'epoch', 'seq', 'base', 'run_id')
  if kept[1] and kept[2] and kept[3] and kept[4] == server_run_id() then
    return kept[1], tonumber(kept[2]), tonumber(kept[3])
  end
  return rotate(clock, stream, candidate_epoch)
end
