local WEEK = 7 * 24 * 60 * 60 * 1000

-- The tokens that ended with an account, at most so many; then nothing more is due of the account, which stays and counts as one.
local function sweepAccount(id, most)
  local key = recordKey('account', id)
  local account = cjson.decode(redis.call('HGET', key, 'j'))
  local epoch = account.type == 'tenant' and 'tenant' or 'owner'
  local list = epoch == 'tenant' and 'tenant=' .. id:sub(#'tenant:' + 1) or 'owner=' .. id
  local removed = 0
  -- Tokens that ended are older than those that live; all of a holder are looked at all the same.
  for _, place in ipairs(redis.call('ZRANGE', listKey('token', list), 0, -1)) do
    local token = place:sub(AFTER_ORDER)
    local epochs = cjson.decode(redis.call('HGET', recordKey('token', token), 'j')).epochs
    if account.status == 'deleted' or epochs[epoch] ~= account.tokens then
      remove('token', token)
      removed = removed + 1
    end
    if removed == most then
      return removed
    end
  end
  redis.call('HDEL', key, 'k')
  redis.call('HINCRBY', key, 'v', 1)
  redis.call('ZREM', DUE, recordName('account', id))
  return removed + 1
end

local function sweepOne(name, most)
  local kind, id = name:match('^r:(%a+):(.*)$')
  if kind == 'account' then
    return sweepAccount(id, most)
  elseif kind then
    remove(kind, id)
  else
    redis.call('DEL', P .. name)
    redis.call('ZREM', DUE, name)
  end
  return 1
end

local function firstDue()
  return redis.call('ZRANGEBYSCORE', DUE, '-inf', int(NOW), 'LIMIT', 0, 1)[1]
end

local function firstIsOld()
  local change = redis.call('ZRANGE', FEED, 0, 0)[1]
  return change and cjson.decode(change).at + WEEK <= NOW
end

function operations.sweep(input)
  local removed = 0
  while removed < input.limit and firstDue() do
    removed = removed + sweepOne(firstDue(), input.limit - removed)
  end
  while removed < input.limit and firstIsOld() do
    redis.call('ZREMRANGEBYRANK', FEED, 0, 0)
    removed = removed + 1
  end
  return { removed, (firstDue() or firstIsOld()) and 1 or 0 }
end

return operations[ARGV[3]](cjson.decode(ARGV[4]))
