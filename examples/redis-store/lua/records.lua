-- One call of the store is one run of this script, and Redis runs one at a time: nothing comes between what it reads and what it writes.
-- ARGV: the prefix of all keys, the time (empty for that of Redis), the operation, and its input as JSON.
--
-- r:<kind>:<id>       a record: v version, j JSON without `keepUntil`, k keepUntil, u unique key, m its place in lists, x the lists, h what
--                     it hangs on; ua, uc, ui its last use; c:<limit> what was spent of a limit
-- u:<kind>            unique key -> id
-- l:<kind>:<list>     places, oldest first by their bytes; a place is the order in 16 digits, a colon and the id
-- o:<kind>:<key>      a single-use entry: j value, e when it expires, c who claimed it
-- due                 what a sweep may take, by when
-- feed, feed:last     the revocation feed, and the number of its last entry
local P = ARGV[1]
local function timeOfRedis()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local NOW = tonumber(ARGV[2]) or timeOfRedis()
local DUE, FEED, LAST = P .. 'due', P .. 'feed', P .. 'feed:last'
local AFTER_ORDER = 18

-- Lua writes large numbers as 1e+15.
local function int(number)
  return string.format('%.0f', number)
end

local function recordName(kind, id)
  return 'r:' .. kind .. ':' .. id
end
local function recordKey(kind, id)
  return P .. recordName(kind, id)
end
local function listKey(kind, list)
  return P .. 'l:' .. kind .. ':' .. list
end
local function uniqueKey(kind)
  return P .. 'u:' .. kind
end

local function versionOf(kind, id)
  return tonumber(redis.call('HGET', recordKey(kind, id), 'v')) or 0
end

local function forget(kind, id)
  local place, lists, unique = unpack(redis.call('HMGET', recordKey(kind, id), 'm', 'x', 'u'))
  if not place then
    return
  end
  for _, list in ipairs(cjson.decode(lists)) do
    redis.call('ZREM', listKey(kind, list), place)
  end
  if unique then
    redis.call('HDEL', uniqueKey(kind), unique)
  end
  redis.call('ZREM', DUE, recordName(kind, id))
end

local function setOrClear(key, field, value)
  if value == nil then
    redis.call('HDEL', key, field)
  else
    redis.call('HSET', key, field, value)
  end
end

local function put(kind, id, record)
  local key = recordKey(kind, id)
  forget(kind, id)
  redis.call('HINCRBY', key, 'v', 1)
  redis.call('HSET', key, 'j', record.json, 'm', record.place, 'x', record.lists, 'h', record.hangsOn)
  setOrClear(key, 'k', record.keepUntil and int(record.keepUntil))
  setOrClear(key, 'u', record.unique)
  for _, list in ipairs(cjson.decode(record.lists)) do
    redis.call('ZADD', listKey(kind, list), 0, record.place)
  end
  if record.unique then
    redis.call('HSET', uniqueKey(kind), record.unique, id)
  end
  if record.keepUntil then
    redis.call('ZADD', DUE, int(record.keepUntil), recordName(kind, id))
  end
end

local function remove(kind, id)
  forget(kind, id)
  redis.call('DEL', recordKey(kind, id))
end

-- Version, JSON and keepUntil; and what the record hangs on, where there is one.
local function read(kind, id)
  local version, json, keepUntil, hangsOn = unpack(redis.call('HMGET', recordKey(kind, id), 'v', 'j', 'k', 'h'))
  return { tonumber(version) or 0, json or '', keepUntil or '' }, hangsOn
end

-- Everything that hangs together: role, kind, id and what `read` says of each.
local function chainOf(hangsOn)
  local links = {}
  local function follow(steps, tenant)
    for _, step in ipairs(cjson.decode(steps)) do
      local role, kind, id = unpack(step)
      local found, further = read(kind, id)
      links[#links + 1] = { role == 'tenant' and tenant or role, kind, id, found }
      -- The tenant of a client is not that of what hangs on the client, and an account ends the chain.
      if further and kind ~= 'account' then
        follow(further, kind == 'client' and 'clientTenant' or 'tenant')
      end
    end
  end
  if hangsOn then
    follow(hangsOn, 'tenant')
  end
  return links
end

local operations = {}

function operations.get(input)
  return { NOW, (read(input.kind, input.id)) }
end

function operations.getWith(input)
  local found, hangsOn = read(input.kind, input.id)
  return { NOW, found, chainOf(hangsOn) }
end

function operations.find(input)
  local id = redis.call('HGET', uniqueKey(input.kind), input.unique)
  return id and { NOW, id, (read(input.kind, id)) }
end

function operations.write(input)
  if versionOf(input.kind, input.id) ~= input.expected then
    return 'conflict'
  end
  for _, condition in ipairs(input.onlyIf) do
    if versionOf(condition.kind, condition.id) ~= condition.version then
      return 'conflict'
    end
  end
  local record = input.record
  local holder = record and record.unique and redis.call('HGET', uniqueKey(input.kind), record.unique)
  if holder and holder ~= input.id then
    return 'duplicate'
  end
  if record then
    put(input.kind, input.id, record)
  else
    remove(input.kind, input.id)
  end
  if input.event then
    put('event', input.event.id, input.event.record)
  end
  if input.change then
    local number = redis.call('INCR', LAST)
    local head = '{"number":' .. int(number) .. ',"at":' .. int(NOW) .. ','
    redis.call('ZADD', FEED, number, head .. input.change:sub(2))
  end
  return 'written'
end
