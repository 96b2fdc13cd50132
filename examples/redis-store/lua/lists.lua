local function useOf(key)
  local at, count, ip = unpack(redis.call('HMGET', key, 'ua', 'uc', 'ui'))
  -- An answer ends at its first nothing, and so the address, of which there may be none, is last.
  return at and { tonumber(at), tonumber(count), ip } or {}
end

-- What an index cannot say. Times that are missing are null.
local holds = {
  expiresAfter = function(record, moment)
    return record.expiresAt ~= cjson.null and record.expiresAt > moment
  end,
  expiresBy = function(record, moment)
    return record.expiresAt ~= cjson.null and record.expiresAt <= moment
  end,
  idleSince = function(record, moment, key)
    return math.max(record.createdAt, useOf(key)[1] or 0) <= moment
  end,
  unrevoked = function(record, wanted)
    return not wanted or record.revoked == cjson.null
  end,
  undeleted = function(record, wanted)
    return not wanted or record.status ~= 'deleted'
  end,
}

local function matches(input, place, key, json)
  for i = 2, #input.lists do
    if not redis.call('ZSCORE', listKey(input.kind, input.lists[i]), place) then
      return false
    end
  end
  if next(input.where) == nil then
    return true
  end
  local record = cjson.decode(json)
  for name, wanted in pairs(input.where) do
    if not holds[name](record, wanted, key) then
      return false
    end
  end
  return true
end

-- At most `most` items among the `look` places after one; and where to look on, unless the list is over.
function operations.list(input)
  local after = input.after and '(' .. input.after or '+'
  local places = redis.call('ZREVRANGEBYLEX', listKey(input.kind, input.lists[1]), after, '-', 'LIMIT', 0, input.look)
  local items = {}
  for _, place in ipairs(places) do
    local id = place:sub(AFTER_ORDER)
    local key = recordKey(input.kind, id)
    local found, hangsOn = read(input.kind, id)
    if matches(input, place, key, found[2]) then
      items[#items + 1] = { id, place, found, chainOf(hangsOn), useOf(key) }
    end
    if #items == input.most then
      return { NOW, items, place }
    end
  end
  return { NOW, items, #places == input.look and places[#places] or '' }
end

function operations.changes(input)
  local last = tonumber(redis.call('GET', LAST)) or 0
  local first = last - redis.call('ZCARD', FEED)
  if input.cursor < first or input.cursor > last then
    return { last, 1, {} }
  end
  local changes = redis.call('ZRANGEBYSCORE', FEED, '(' .. int(input.cursor), '+inf', 'LIMIT', 0, input.limit)
  return { input.cursor + #changes, 0, changes }
end
