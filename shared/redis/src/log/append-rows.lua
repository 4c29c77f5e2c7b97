-- Appends a batch of rows to the log: numbers them, marks what they change, remembers their ids.
-- KEYS  clock, stream, then for each row: where its dedupe mark is, the watermark of each of its tags
-- ARGV  the epoch it must be ('' for whichever it is); an epoch to use if a new one is needed;
--       lifetimes of dedupe marks and of watermarks in ms; number of rows; then for each row: id,
--       number of tags, the tags as one text, '1' if replayed, the row as JSON, the number of its
--       place among the slots of its key ('' when the key is a mark of its own)
-- Returns  {'appended', epoch, base, then for each row: its epoch, its seq, 1 if it was there already}
--       or {'refused', epoch, seq, base} when the epoch is another
-- Atomic because a row, its number, its watermarks and its dedupe mark are one fact: publishing an
-- event is the invalidation. A script that fails half-way is not undone, so everything that can be
-- wrong (arguments, key types, ids) is found before the first write. Memory: the first write is the
-- only one that Redis may refuse. Bounded by the caller: at most 100 rows.
--
-- A mark of its own is a string <epoch>.<seq>. Rows of an outbox are numbered, so theirs are six bytes
-- in a string of slots: the seq they were appended under. It counts only if the row of that seq has
-- the id: a restored database may give a number a second time.

local expected, candidate, seen_ms, mark_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local function malformed(what)
  return redis.error_reply('MALFORMED ' .. what)
end

local function is_count(text)
  return text ~= nil and string.match(text, '^%d+$') ~= nil
end

local SLOT_BYTES, SLOTS = 6, 4000

local function seen_in_slot(key, slot, id)
  local from = slot * SLOT_BYTES
  local packed = redis.call('GETRANGE', key, from, from + SLOT_BYTES - 1)
  if #packed < SLOT_BYTES then
    return nil
  end
  local text = string.format('%.0f-0', struct.unpack('>I6', packed))
  local entry = text ~= '0-0' and redis.call('XRANGE', KEYS[2], text, text)[1]
  if not entry then
    return nil
  end
  local fields = {}
  for i = 1, #entry[2], 2 do
    fields[entry[2][i]] = entry[2][i + 1]
  end
  return fields.id == id and fields.epoch .. '.' .. string.match(text, '^%d+') or nil
end

local function mark_slot(key, slot, seq, lifetime_ms)
  -- All of it at once: a string that grows is given twice the memory it needs.
  if redis.call('EXISTS', key) == 0 then
    redis.call('SETRANGE', key, (SLOTS - 1) * SLOT_BYTES, struct.pack('>I6', 0))
  end
  redis.call('SETRANGE', key, slot * SLOT_BYTES, struct.pack('>I6', seq))
  redis.call('PEXPIRE', key, lifetime_ms)
end

local function has_type(key, wanted)
  local found = redis.call('TYPE', key).ok
  return found == wanted or found == 'none'
end

if not (is_count(seen_ms) and is_count(mark_ms) and is_count(ARGV[5])) then
  return malformed('lifetimes and number of rows are numbers')
end
if not candidate or candidate == '' then
  return malformed('there is no epoch to use')
end
if not has_type(KEYS[1], 'hash') or not has_type(KEYS[2], 'stream') then
  return malformed('the clock is a hash and the stream a stream')
end

local rows, k, a = {}, 2, 5
for n = 1, tonumber(ARGV[5]) do
  local row = {
    id = ARGV[a + 1], tags = ARGV[a + 3], replay = ARGV[a + 4], json = ARGV[a + 5],
    slot = ARGV[a + 6], seen_key = KEYS[k + 1], marks_from = k + 2
  }
  if not row.slot or row.id == '' or not is_count(ARGV[a + 2]) then
    return malformed('row ' .. n .. ' lacks something')
  end
  if row.slot ~= '' and not (is_count(row.slot) and tonumber(row.slot) < SLOTS) then
    return malformed('row ' .. n .. ' has no such slot')
  end
  a, k = a + 6, k + 1 + tonumber(ARGV[a + 2])
  row.marks_to = k
  if k > #KEYS then
    return malformed('row ' .. n .. ' has fewer keys than tags')
  end
  -- Both end the script when it is no string.
  if row.slot == '' then
    row.seen = redis.call('GET', row.seen_key)
  else
    row.seen = seen_in_slot(row.seen_key, tonumber(row.slot), row.id)
  end
  if row.seen and not string.match(row.seen, '^.+%.%d+$') then
    return malformed('a dedupe mark is <epoch>.<seq>')
  end
  rows[n] = row
end
if k ~= #KEYS or a ~= #ARGV then
  return malformed('there are more keys or arguments than rows')
end

local epoch, seq, base = read_clock(KEYS[1], KEYS[2], candidate)
if expected ~= '' and expected ~= epoch then
  return { 'refused', epoch, seq, base }
end

local time = redis.call('TIME')
local now_ms = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local reply, appended_here = { 'appended', epoch, base }, {}
for _, row in ipairs(rows) do
  local seen = row.seen or appended_here[row.id]
  if not seen then
    seq = seq + 1
    local text = string.format('%.0f', seq)
    -- The one write that can fail, and only for the first row: an id not above the stream's last.
    local added = redis.pcall('XADD', KEYS[2], text .. '-0', 'epoch', epoch, 'id', row.id,
      'tags', row.tags, 'replay', row.replay, 'at', now_ms, 'json', row.json)
    if type(added) == 'table' and added.err then
      return added
    end
    redis.call('HSET', KEYS[1], 'seq', text)
    for i = row.marks_from, row.marks_to do
      redis.call('SET', KEYS[i], text, 'PX', mark_ms)
    end
    seen = epoch .. '.' .. text
    appended_here[row.id] = seen
    if row.slot == '' then
      redis.call('SET', row.seen_key, seen, 'PX', seen_ms)
    else
      mark_slot(row.seen_key, tonumber(row.slot), seq, seen_ms)
    end
    reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = epoch, seq, 0
  else
    local seen_epoch, seen_seq = string.match(seen, '^(.*)%.(%d+)$')
    reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = seen_epoch, tonumber(seen_seq), 1
  end
end
return reply
