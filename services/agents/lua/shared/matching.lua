-- Brings waiting work and free people together. Needs desk.
-- Two rules hold after every transition: whoever is listed in free has a free slot, and no work waits that
-- somebody listed may take (but for what they declined a moment ago).

local function class_of(work)
  return work.direct and ('@' .. work.direct) or work.class
end

local function range(key, class, from, count)
  return redis.call('ZRANGEBYLEX', key, '[' .. class .. '|', '(' .. class .. '}', 'LIMIT', from, count)
end

local function waiting_member(id, work)
  return string.format('%s|%013d|%010d|%s', class_of(work), work.score, work.entry, id)
end

local function push(id, work)
  local class = class_of(work)
  redis.call('ZADD', WAITING, 0, waiting_member(id, work))
  redis.call('ZADD', HEADS, 'LT', work.score, class)
end

local function pop(id, work)
  local class = class_of(work)
  redis.call('ZREM', WAITING, waiting_member(id, work))
  local head = range(WAITING, class, 0, 1)[1]
  if head then
    redis.call('ZADD', HEADS, tonumber(string.match(head, '^[^|]+|(%d+)|')), class)
  else
    redis.call('ZREM', HEADS, class)
  end
end

local function has_slot(person)
  return person.presence == 'available' and not person.silent and person.load < person.capacity
end

-- The entries of a person in free, one for each class, as arguments of ZADD or ZREM.
local function each_entry(agent, person, zadd, call)
  local entries, count = {}, 0
  local tail = '|' .. person.listed .. '|' .. agent
  for class in string.gmatch(redis.call('HGET', SERVES, agent), '[^,]+') do
    if zadd then
      count = count + 1
      entries[count] = 0
    end
    count = count + 1
    entries[count] = class .. tail
    if count >= 1000 then
      call(entries)
      entries, count = {}, 0
    end
  end
  if count > 0 then call(entries) end
end

local function list(agent, person)
  person.listed = string.format('%03d|%013d', person.load, person.idle)
  each_entry(agent, person, true, function(entries)
    redis.call('ZADD', FREE, unpack(entries))
  end)
end

local function unlist(agent, person)
  if not person.listed then return end
  each_entry(agent, person, false, function(entries)
    redis.call('ZREM', FREE, unpack(entries))
  end)
  person.listed = nil
end

-- An offer is a lease: it stands until its end and only its own epoch can accept it.
local function offer(id, work, agent, person)
  work.state, work.agent = 'offered', agent
  work.until_ms = NOW + OFFER_MS
  work.epoch = work.epoch + 1
  step(id, work, 'offered', agent)
  save_work(id, work)
  redis.call('ZADD', DUE, work.until_ms, 'offer|' .. work.epoch .. '|' .. id)
  person.held[id] = 'offered'
  person.load = person.load + 1
  person.idle = NOW
end

local function lets_pass(person, id)
  local until_ms = person.avoid[id]
  return until_ms and tonumber(until_ms) > NOW
end

-- The next work for a person: the lowest score over the heads of the classes that they serve, the earliest
-- entry among equals. What they declined a moment ago is passed over.
local function next_for(agent, person)
  local skip = 0
  for id, until_ms in pairs(person.avoid) do
    if tonumber(until_ms) > NOW then skip = skip + 1 else person.avoid[id] = nil end
  end
  local serves = redis.call('HGET', SERVES, agent)
  local best, best_score, best_entry
  local from = 0
  while true do
    local heads = redis.call('ZRANGE', HEADS, from, from + 19, 'WITHSCORES')
    for index = 1, #heads, 2 do
      local class = heads[index]
      if best and tonumber(heads[index + 1]) > best_score then return best end
      if string.find(serves, ',' .. class .. ',', 1, true) then
        for _, member in ipairs(range(WAITING, class, 0, skip + 1)) do
          local score, entry, id = string.match(member, '^[^|]+|(%d+)|(%d+)|(.+)$')
          if not lets_pass(person, id) then
            score, entry = tonumber(score), tonumber(entry)
            if not best or score < best_score or (score == best_score and entry < best_entry) then
              best, best_score, best_entry = id, score, entry
            end
            break
          end
        end
      end
    end
    if #heads < 40 then return best end
    from = from + 20
  end
end

-- Fills a person's free slots with waiting work, lists them where one is left, and saves them.
local function settle(agent, person)
  unlist(agent, person)
  while has_slot(person) do
    local id = next_for(agent, person)
    if not id then
      list(agent, person)
      break
    end
    local work = load_work(id)
    pop(id, work)
    offer(id, work, agent, person)
  end
  save_person(agent, person)
end

-- Offers work to the person of its class with the fewest conversations, then the longest idle; puts it into
-- its place among the waiting where nobody is free. Saves it.
local function place(id, work)
  work.state, work.agent, work.until_ms = 'waiting', nil, nil
  local from = 0
  while true do
    local members = range(FREE, class_of(work), from, 4)
    for _, member in ipairs(members) do
      local agent = string.match(member, '([^|]+)$')
      local person = load_person(agent)
      if not lets_pass(person, id) then
        unlist(agent, person)
        offer(id, work, agent, person)
        if has_slot(person) then list(agent, person) end
        save_person(agent, person)
        return
      end
    end
    if #members < 4 then break end
    from = from + 4
  end
  push(id, work)
  save_work(id, work)
end
