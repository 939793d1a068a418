-- Looks whether each of some pieces of work, people or entries in waiting is where it belongs, and mends what is
-- not where asked to. Afterwards, where mended: work is in exactly one place, with the timer that goes with it.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10..] conversation, ended, details, by turns, of each inquiry in ARGV[4..] where these are work
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] look or mend
-- ARGV[3] what the names are: work (inquiry ids), people (agent ids) or waiting (entries)
-- ARGV[4..] names
-- returns: {name, what is wrong, name, what is wrong, ...}
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local MEND, found = ARGV[2] == 'mend', {}

-- Returns whether to mend.
local function wrong(name, what)
  found[#found + 1] = name
  found[#found + 1] = what
  return MEND
end

local function need_timer(id, entry, at_ms)
  if redis.call('ZSCORE', DUE, entry) then return end
  if wrong(id, 'has no timer') then redis.call('ZADD', DUE, at_ms, entry) end
end

-- Whose hands it was in is unknown, or they do not know of it.
local function bring_back(id, work, person, from)
  if person then
    person.held[id] = nil
    tell(work.agent, person)
    settle(work.agent, person)
  end
  if work.state == 'wrapping' then return archive(id, work, KEYS[from + 1], KEYS[from + 2]) end
  work.epoch = work.epoch + 1
  work.taken, work.agent, work.direct = nil, nil, nil
  give(KEYS[from], id, work, 'queue')
  step(id, work, 'requeued', nil, 'was in no place')
  place(id, work)
end

local look = {}

local function need_promise_timer(id, work)
  if not work.promise or tonumber(work.promise) < 0 then return end
  need_timer(id, 'missed|' .. work.promise .. '|' .. id, work.promise + KEPT_MS)
end

function look.work(id, index)
  local work = load_work(id)
  if not work then return end
  need_promise_timer(id, work)
  if work.state == 'waiting' then
    if not redis.call('ZSCORE', WAITING, waiting_member(id, work)) then
      if wrong(id, 'waits in no queue') then place(id, work) end
    else
      local at_ms = goes_on(work)
      if at_ms then need_timer(id, 'ring|' .. id, at_ms) end
      if work.direct then need_timer(id, 'direct|' .. id, NOW) end
    end
  elseif work.state == 'promised' then
    need_timer(id, 'callback|' .. id, work.promise)
  else
    local person = work.agent and load_person(work.agent)
    if not person or held_as(person.held[id] or '') ~= work.state then
      if wrong(id, 'is in nobody\'s hands') then bring_back(id, work, person, 10 + index * 3) end
    elseif work.state == 'offered' then
      need_timer(id, 'offer|' .. work.epoch .. '|' .. id, work.until_ms)
    elseif work.state == 'wrapping' then
      need_timer(id, 'wrap|' .. work.agent .. '|' .. id, NOW)
    end
  end
end

function look.people(agent)
  local person = load_person(agent)
  if not person then return end
  local mended
  for id in pairs(person.held) do
    local work = load_work(id)
    if not work or work.agent ~= agent then
      if wrong(agent, 'holds ' .. id .. ', which is not theirs') then
        person.held[id] = nil
        mended = true
      end
    end
  end
  if mended then
    tell(agent, person)
    settle(agent, person)
  end
  need_timer(agent, 'presence|' .. agent, NOW)
end

function look.waiting(entry)
  if not redis.call('ZSCORE', WAITING, entry) then return end
  local class, id = string.match(entry, '^([^|]+)|%d+|%d+|(.+)$')
  local work = load_work(id)
  if work and work.state == 'waiting' and waiting_member(id, work) == entry then return end
  if wrong(id, 'stands in a queue where it does not belong') then
    redis.call('ZREM', WAITING, entry)
    set_head(class)
    if not work then redis.call('ZREM', DUE, 'ring|' .. id) end
  end
end

for index = 4, #ARGV do look[ARGV[3]](ARGV[index], index - 4) end
return found
