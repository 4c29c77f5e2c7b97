-- Granting a claim and landing its commit: what step.lua is made of. Placed after transitions.lua.
-- Atomic with the script around it, so that no recipient is in two claims. Bounded by the chunk.

-- Gives out a small group of a range: pending recipients, retries that fell due, and those whose claim
-- ran out. A claim that ran out on a channel that cannot tell a repeat becomes unknown: it may have
-- been sent. Returns claim number, ms until more may be claimed or -1, {first, last, attempt, ...},
-- {first and last given up, ...}.
local function grant(range, terms)
  local channel, left = terms.channel, terms.groupSize
  local taken, doubted, waitUntil = {}, {}, nil

  local function wait(untilMs)
    if not waitUntil or untilMs < waitUntil then waitUntil = untilMs end
  end

  local ordinal = range.from
  while ordinal <= range.last do
    local finish, state, attempts, _, untilMs = stretchOf(range, channel, ordinal, range.last)
    local isDue = state == PENDING or not isTerminal(state) and untilMs <= nowMs()
    if not isTerminal(state) and not isDue then wait(untilMs) end
    if isDue and state == CLAIMED and (not terms.isRepeatable or attempts >= terms.maxClaims) then
      move(range, channel, ordinal, finish, UNKNOWN, attempts, LEGAL)
      doubted[#doubted + 1] = ordinal
      doubted[#doubted + 1] = finish
    elseif isDue then
      if left == 0 then
        wait(nowMs())
        break
      end
      finish = math.min(finish, ordinal + left - 1)
      left = left - (finish - ordinal + 1)
      taken[#taken + 1] = ordinal
      taken[#taken + 1] = finish
      taken[#taken + 1] = attempts + 1
    end
    ordinal = finish + 1
  end

  local claim = '0'
  if #taken > 0 then
    claim = string.format('%.0f', redis.call('HINCRBY', LEDGER, 'claimNumber', 1))
    for index = 1, #taken, 3 do
      local first, last = taken[index], taken[index + 1]
      move(range, channel, first, last, CLAIMED, taken[index + 2], LEGAL)
      hold(range, channel, first, last, claim, nowMs() + terms.leaseMs)
    end
  end
  return claim, waitUntil and waitUntil - nowMs() or -1, taken, doubted
end

-- Records one outcome of a claimed group: where its recipients go (`0-6,9`), ms until a retry is due,
-- whether the attempt counts. Returns how many landed.
local function land(range, channel, claim, outcome)
  local to, landed = outcome.to, 0
  for text, rest in string.gmatch(outcome.ordinals, '(%d+)%-?(%d*)') do
    local ordinal, last = math.max(tonumber(text), range.from), math.min(tonumber(rest) or tonumber(text), range.last)
    while ordinal <= last do
      local finish, state, attempts, holder = stretchOf(range, channel, ordinal, last)
      if state == CLAIMED and to ~= CLAIMED and holder == claim then
        if not outcome.counts then attempts = attempts - 1 end
        landed = landed + move(range, channel, ordinal, finish, to, attempts, LEGAL)
        if to == RETRY then
          hold(range, channel, ordinal, finish, '0', nowMs() + outcome.dueInMs)
          -- Nobody claims in a cancelled campaign, so the retry would wait for ever.
          if factsOf().mode == 'cancelled' then move(range, channel, ordinal, finish, CANCELLED, attempts, LEGAL) end
        end
      end
      ordinal = finish + 1
    end
  end
  return landed
end
