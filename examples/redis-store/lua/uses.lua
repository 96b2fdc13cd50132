function operations.touch(input)
  for _, use in ipairs(input.uses) do
    local key = recordKey(use.kind, use.id)
    if redis.call('EXISTS', key) == 1 then
      local before = tonumber(redis.call('HGET', key, 'ua'))
      if not before or use.at > before then
        redis.call('HSET', key, 'ua', int(use.at))
        setOrClear(key, 'ui', use.ip)
      end
      redis.call('HINCRBY', key, 'uc', int(use.count))
    end
  end
  return 1
end

-- What was spent of a limit, after all that has come back of it since. Its first use opens a window; `refill` comes back each time
-- `every` has passed, and once all is back the next use opens a new one.
local function counterOf(key, budget)
  local spent, since = (redis.call('HGET', key, 'c:' .. budget.name) or '0 0'):match('^(%d+) (%d+)$')
  spent, since = tonumber(spent), tonumber(since)
  local steps = budget.every and math.max(0, math.floor((NOW - since) / budget.every)) or 0
  local left = math.max(0, spent - steps * budget.refill)
  if left == 0 then
    return { spent = 0, since = NOW }
  end
  return { spent = left, since = since + steps * (budget.every or 0) }
end

local function fits(counter, budget)
  return budget.cost == 0 or counter.spent + budget.cost <= budget.limit
end

-- All of the budgets or none; of each what is spent now, since when, and whether the call fits.
function operations.spend(input)
  local key = recordKey(input.kind, input.id)
  if redis.call('EXISTS', key) == 0 then
    return { NOW, 0 }
  end
  local counters, ok = {}, true
  for i, budget in ipairs(input.budgets) do
    counters[i] = counterOf(key, budget)
    ok = ok and fits(counters[i], budget)
  end
  local states = {}
  for i, budget in ipairs(input.budgets) do
    local counter = counters[i]
    local allowed = ok or fits(counter, budget)
    if ok then
      counter.spent = counter.spent + budget.cost
      redis.call('HSET', key, 'c:' .. budget.name, int(counter.spent) .. ' ' .. int(counter.since))
    end
    states[i] = { counter.spent, counter.since, allowed and 1 or 0 }
  end
  return { NOW, ok and 1 or 0, states }
end

local function onceName(input)
  return 'o:' .. #input.kind .. ':' .. input.kind .. ':' .. input.key
end

local function isAlive(key)
  return (tonumber(redis.call('HGET', key, 'e')) or 0) > NOW
end

function operations.insertOnce(input)
  local name = onceName(input)
  if isAlive(P .. name) then
    return 0
  end
  redis.call('DEL', P .. name)
  redis.call('HSET', P .. name, 'j', input.json, 'e', int(input.expiresAt))
  redis.call('ZADD', DUE, int(input.expiresAt), name)
  return 1
end

-- Marks and never deletes, so that a lost answer can be read back by who claimed it.
function operations.takeOnce(input)
  local key = P .. onceName(input)
  if not isAlive(key) then
    return false
  end
  redis.call('HSETNX', key, 'c', input.claim)
  return redis.call('HGET', key, 'c') == input.claim and redis.call('HGET', key, 'j')
end
