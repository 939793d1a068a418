-- Who has room for what. Needs desk.
-- A person has so many units; a channel's work takes some of them, and at most so many at once where the person
-- has a limit. What a channel interrupts does not count against it. A paused conversation holds nothing.
local function units_of(channel)
  return UNITS[channel] or 1
end

-- The channel of a class: 'queue.language.order-channel.digest', or '@person/channel'.
local function channel_of(class)
  if string.byte(class) == 64 then return string.match(class, '^@[^/]*/?(%a*)$') end
  return string.match(class, '^[^.]+%.[^.]+%.%a%-?(%a*)')
end

-- Units in use as work of `channel` sees them, and how many conversations are of that channel.
local function used(person, channel)
  local over = INTERRUPTS[channel]
  local units, same = 0, 0
  for _, value in pairs(person.held) do
    local state, its = held_as(value)
    if state ~= 'paused' then
      if its == channel then same = same + 1 end
      if not (over and string.find(over, ',' .. its .. ',', 1, true)) then units = units + units_of(its) end
    end
  end
  return units, same
end

local function has_slot(person, channel)
  local units, same = used(person, channel)
  if units + units_of(channel) > person.capacity then return false end
  local limit = CHANNELS ~= '' and string.match(person.limits, ',' .. channel .. '=(%d+),')
  return not limit or same < tonumber(limit)
end

-- Whether a person has had as many offers as they may have for now.
local function limited(person)
  if RATE_OFFERS == '' or person.recent == '' then return false end
  local _, count = string.gsub(person.recent, '\30', '')
  return count >= tonumber(RATE_OFFERS)
    and tonumber(string.match(person.recent, '^(%d+)')) + tonumber(RATE_MS) > NOW
end

-- Remembers an offer where they are limited, and looks at the person again when the next one is allowed.
local function count_offer(agent, person)
  if RATE_OFFERS == '' then return end
  local recent = person.recent .. NOW .. '\30'
  local _, count = string.gsub(recent, '\30', '')
  if count > tonumber(RATE_OFFERS) then recent, count = string.gsub(recent, '^%d+\30', ''), count - 1 end
  person.recent = recent
  if count == tonumber(RATE_OFFERS) then
    local when = tonumber(string.match(recent, '^(%d+)')) + tonumber(RATE_MS)
    redis.call('ZADD', DUE, when, 'look|' .. when .. '|' .. agent)
  end
end

-- The channels for which a person takes work now, as a set; nil for none.
local function open_channels(person)
  if person.presence ~= 'available' or person.silent or person.drained or limited(person) then return nil end
  if has_slot(person, '') then
    if CHANNELS == '' then return { [''] = true } end
  elseif CHANNELS == '' then
    return nil
  end
  local open, any = { [''] = has_slot(person, '') or nil }, has_slot(person, '')
  for channel in pairs(UNITS) do
    if has_slot(person, channel) then open[channel], any = true, true end
  end
  return any and open or nil
end
