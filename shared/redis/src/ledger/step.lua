-- Lands commits of claimed groups, then grants claims of others, all of one campaign; of either there
-- may be none. Commits land whether or not claims are granted: what was sent was sent. Recipients that
-- a commit's claim no longer holds are left alone, so a replay changes nothing and a late commit cannot
-- land on another's claim. grants.lua says who is granted.
-- KEYS    as in transitions.lua
-- ARGV    1 run  2 epoch  3 lease in ms  4 number of commits, then of each: claim number, channel, first
--         ordinal of the chunk, its recipients, number of outcomes, of each outcome: state (sent, failed,
--         retry-wait, skipped or unknown), ms until the retry is due, `1` when the attempt counts,
--         ordinals (`0-6,9`); then claims: channel, first ordinal of the chunk, its recipients, group
--         size, `1` when the channel can be sent to again without a second message, claims after which
--         a recipient whose claims keep running out is given up as unknown
-- Returns {{recipients whose commit landed, finished 0/1, what endOf tells of the chunk}, ... of each
--         commit; -1 and 0 when there is no ledger}, {{claim number, ms until more may be claimed or -1,
--         finished 0/1, {first, last, attempt, ...}, {first and last given up, ...}, what endOf tells of
--         the chunk}, ... of each claim}, open 0/1 (0, and no claims: paused, cancelled, rebuilt or gone).
-- Atomic, so that no recipient is in two claims and "finished" is decided with the last commit. Bounded
-- by the chunks, at most some ten.
local at = 4
local function read()
  at = at + 1
  return ARGV[at - 1]
end
local function readNumber()
  return tonumber(read())
end

local landings = {}
for index = 1, readNumber() do
  local claim, channel = read(), readNumber()
  local range = loadRange(readNumber(), readNumber())
  local landed = 0
  for _ = 1, readNumber() do
    local outcome = { to = readNumber(), dueInMs = readNumber(), counts = read() == '1', ordinals = read() }
    if range then landed = landed + land(range, channel, claim, outcome) end
  end
  landings[index] = range and { landed, settle(range), endOf(range) } or { -1, 0, '' }
end

local known = factsOf()
if known.run ~= ARGV[1] or known.epoch ~= ARGV[2] or known.mode ~= 'running' then return { landings, {}, 0 } end
local claims = {}
while at <= #ARGV do
  local terms = { channel = readNumber(), leaseMs = tonumber(ARGV[3]) }
  local range = loadRange(readNumber(), readNumber())
  terms.groupSize, terms.isRepeatable, terms.maxClaims = readNumber(), read() == '1', readNumber()
  local claim, moreInMs, taken, doubted = grant(range, terms)
  claims[#claims + 1] = { claim, moreInMs, settle(range), taken, doubted, endOf(range) }
end
return { landings, claims, 1 }
