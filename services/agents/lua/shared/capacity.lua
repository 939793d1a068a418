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

-- A person's last offers, no more than count, and how many these are: the limit may have been higher before.
local function counted_offers(person)
  local recent = person.recent
  local _, count = string.gsub(recent, '\30', '')
  while count > tonumber(RATE_OFFERS) do recent, count = string.gsub(recent, '^%d+\30', ''), count - 1 end
  return recent, count
end

-- Until when a person gets no offers, having had as many as they may; nil where they may have one now.
local function limited_until(person)
  if RATE_OFFERS == '' or person.recent == '' then return nil end
  local recent, count = counted_offers(person)
  if count < tonumber(RATE_OFFERS) then return nil end
  local until_ms = tonumber(string.match(recent, '^(%d+)')) + tonumber(RATE_MS)
  return until_ms > NOW and until_ms or nil
end

-- Looks at a person again when their next offer is allowed.
local function watch_limit(agent, person)
  local when = limited_until(person)
  if when then redis.call('ZADD', DUE, when, 'look|' .. when .. '|' .. agent) end
end

-- Remembers an offer where they are limited.
local function count_offer(agent, person)
  if RATE_OFFERS == '' then return end
  person.recent = person.recent .. NOW .. '\30'
  person.recent = counted_offers(person)
  watch_limit(agent, person)
end

-- The channels for which a person takes work now, as a set; nil for none.
local function open_channels(person)
  if person.presence ~= 'available' or person.silent or person.drained or limited_until(person) then return nil end
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
