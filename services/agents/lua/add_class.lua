-- Makes a class known and gives it to everybody signed in who can serve it. Afterwards work may wait in it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] class
-- ARGV[3] what it asks for (JSON)
-- ARGV[4] roster that these people were read from
-- ARGV[5..] agent id and priority of each of those who can serve it, by turns
-- returns: {'ok' | 'known'} | {'stale_roster'}: somebody has signed in since, read again and call again
-- include: desk
-- include: capacity
-- include: matching
local class = ARGV[2]
if (redis.call('HGET', DESK, 'roster') or '0') ~= ARGV[4] then return { 'stale_roster' } end
if redis.call('HSETNX', KEYS[10], class, ARGV[3]) == 0 then return { 'known' } end
redis.call('HINCRBY', DESK, 'generation', 1)

local order, channel = string.match(class, '^[^.]+%.[^.]+%.(%a)%-?(%a*)')
if not UNITS[channel] then channel = '' end -- the desk no longer tells it apart

local name = order .. (channel == '' and '' or '-' .. channel)

-- Adds the class to the group of that priority, order and channel, which may be a new one.
local function with_class(serves, priority, group)
  local groups, added = {}, false
  for its, its_name, classes in string.gmatch(serves, '(%d+):([^:]+):([^;]*);') do
    its = tonumber(its)
    if not added and its > priority then
      groups[#groups + 1] = group
      added = true
    end
    if its == priority and its_name == name then
      classes = classes .. class .. ','
      added = true
    end
    groups[#groups + 1] = its .. ':' .. its_name .. ':' .. classes .. ';'
  end
  if not added then groups[#groups + 1] = group end
  return table.concat(groups)
end

-- Where people stand in other classes does not change, so it is not touched: with many of both, Redis would stand still.
for index = 5, #ARGV, 2 do
  local agent, priority = ARGV[index], tonumber(ARGV[index + 1])
  local serves = redis.call('HGET', SERVES, agent)
  if serves then
    local person, group = load_person(agent), priority .. ':' .. name .. ':,' .. class .. ',;'
    redis.call('HSET', SERVES, agent, with_class(serves, priority, group))
    if person.staffed then change_counted(agent, person.staffed, true, group) end
    if person.listed then change_listed(agent, person, true, group) end
  end
end
return { 'ok' }
