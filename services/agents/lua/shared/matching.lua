-- Brings waiting work and free people together. Needs desk and capacity.
-- Two rules hold after every transition: whoever is listed in free has a free slot, and no work waits that
-- somebody listed may take (but for what they declined a moment ago).

-- A group of classes in serves: priority, order, channel, and ',class,class,'.
local GROUP = '(%d+):(%a)%-?(%a*):([^;]*);'

local function class_of(work)
  if not work.direct then return work.class end
  local channel = channel_of(work.class)
  return '@' .. work.direct .. (channel == '' and '' or '/' .. channel)
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
  local at_ms = goes_on(work)
  if at_ms then redis.call('ZADD', DUE, at_ms, 'ring|' .. id) end
end

local function score_of(member)
  return string.match(member, '^[^|]+|(%d+)|')
end

-- `head` is the first entry of the class where that is known, false for none.
local function set_head(class, head)
  if head == nil then head = range(WAITING, class, 0, 1)[1] end
  if head then
    redis.call('ZADD', HEADS, score_of(head), class)
  else
    redis.call('ZREM', HEADS, class)
  end
end

local function pop(id, work, head)
  redis.call('ZREM', WAITING, waiting_member(id, work))
  set_head(class_of(work), head)
  if work.ring_ms or work.plan ~= '' then redis.call('ZREM', DUE, 'ring|' .. id) end
end

-- ZADD or ZREM on free: `head .. class .. tail` for each of a list of classes.
local function change(adds, head, classes, tail)
  local command, arguments, count = adds and 'ZADD' or 'ZREM', {}, 0
  for class in string.gmatch(classes, '[^,]+') do
    if adds then
      count = count + 1
      arguments[count] = 0
    end
    count = count + 1
    arguments[count] = head .. class .. tail
    if count >= 1000 then
      redis.call(command, FREE, unpack(arguments))
      arguments, count = {}, 0
    end
  end
  if count > 0 then redis.call(command, FREE, unpack(arguments)) end
end

-- Where a person stands in each order, and the channels they are listed for; kept so that the same entries can
-- be taken out again.
local function listing(person, open)
  local channels = {}
  for channel in pairs(open) do channels[#channels + 1] = channel end
  local units = used(person, '')
  return string.format('%03d/%03d/%013d/%013d/;%s;', units, 999 - (person.capacity - units), person.idle,
    person.turn, table.concat(channels, ';'))
end

-- Puts a person into free as `person.listed` says, or takes them out: one entry for each class of `serves`, by default
-- all that they serve.
local function change_listed(agent, person, adds, serves)
  local active, spare, idle, turn, channels = string.match(person.listed, '^(%d+)/(%d+)/(%d+)/(%d+)/(.*)$')
  local ranks = { i = idle, s = spare .. '|' .. idle, a = active .. '|' .. idle, r = turn }
  for _, order, channel, classes in string.gmatch(serves or redis.call('HGET', SERVES, agent), GROUP) do
    if string.find(channels, ';' .. channel .. ';', 1, true) then
      change(adds, '', classes, '|' .. ranks[order] .. '|' .. agent)
    end
  end
end

local function list(agent, person, open)
  person.listed = listing(person, open)
  change_listed(agent, person, true)
end

local function unlist(agent, person)
  if not person.listed then return end
  change_listed(agent, person, false)
  person.listed = nil
end

-- Everybody signed in is counted by class and presence.
local function change_counted(agent, presence, adds, serves)
  for _, _, _, classes in string.gmatch(serves or redis.call('HGET', SERVES, agent), GROUP) do
    change(adds, '#', classes, '|' .. presence .. '|' .. agent)
  end
end

local function count(agent, person)
  local presence = person.silent and 'silent' or person.presence
  if presence == 'available' and person.drained then presence = 'busy' end
  if presence == person.staffed then return end
  if person.staffed then change_counted(agent, person.staffed, false) end
  change_counted(agent, presence, true)
  person.staffed = presence
end

local function uncount(agent, person)
  if person.staffed then change_counted(agent, person.staffed, false) end
  person.staffed = nil
end

-- How many people who can serve a class are signed in, available, unavailable, or in one presence.
local function people_for(class, presence)
  local all = '#' .. class .. '|'
  if presence == 'signed_in' then return redis.call('ZLEXCOUNT', FREE, '[' .. all, '(#' .. class .. '}') end
  if presence == 'unavailable' then return people_for(class, 'signed_in') - people_for(class, 'available') end
  return redis.call('ZLEXCOUNT', FREE, '[' .. all .. presence .. '|', '(' .. all .. presence .. '}')
end

local NOBODY = 'nobody is signed in who could take it'

-- Whether anybody is signed in who could take work of some classes, 'a,b,'.
local function is_staffed(classes)
  for class in string.gmatch(classes, '[^,]+') do
    if people_for(class, 'signed_in') > 0 then return true end
  end
end

-- The class of work that waits, and those of its rings to come; and queue and class of the last of them.
local function rings_of(work)
  local classes, last_queue, last_class = work.class .. ',', work.queue, work.class
  for entry in string.gmatch(work.plan, '[^\30]*\30') do
    local queue, class, begins_at = string.match(entry, '^[^\29]*\29([^\29]*)\29([^\29]*)\29.*\29([^\29]*)\29\30$')
    if begins_at == '' then
      classes, last_queue, last_class = classes .. class .. ',', queue, class
    end
  end
  return classes, last_queue, last_class
end

-- Work is put into a queue; `until_s` is how long after its entry those are not asked who see that queue later ('' where
-- nobody does). The caller places it.
local function put_into(work, queue, class, until_s, plan)
  work.queue, work.class, work.plan = queue, class, plan
  work.ring_ms = until_s ~= '' and work.entered + until_s * 1000 or nil
  work.skip = work.ring_ms and 'time' or ''
end

-- Whether what is offered is accepted in the same moment: as the queue says, or else the person.
local function accepts_at_once(work, person)
  local queue_says = AUTO[work.queue]
  if queue_says ~= nil then return queue_says end
  return string.find(person.limits, ',auto,', 1, true)
end

-- An offer is a lease: it stands until its end and only its own epoch can accept it. What is accepted as it is made has
-- a conversation that is still the queue's until its person acts on it. `reason` and `by` say why and by whom it was
-- ordered, where it was. Returns the work's record.
local function offer(id, work, agent, person, reason, by)
  work.state, work.agent = 'offered', agent
  work.epoch = work.epoch + 1
  if by then step(id, work, 'offered', agent, reason, 'by', by) else step(id, work, 'offered', agent) end
  if accepts_at_once(work, person) then
    accept_work(id, work, agent, person)
  else
    work.until_ms = string.format('%.0f', NOW + OFFER_MS)
    redis.call('ZADD', DUE, work.until_ms, 'offer|' .. work.epoch .. '|' .. id)
  end
  local channel = channel_of(work.class)
  person.held[id] = channel == '' and work.state or work.state .. '/' .. channel
  person.idle = NOW_TEXT
  person.turn = redis.call('HINCRBY', DESK, 'turn', 1)
  count_offer(agent, person)
  return save_work(id, work)
end

local function lets_pass(person, id)
  local until_ms = person.avoid[id]
  return until_ms and tonumber(until_ms) > NOW
end

-- The lowest score over the heads of some classes, the earliest entry among equals: its inquiry id, and the entry that
-- becomes the head of its class when it is taken (false: none; nil: it was not the head). Heads come in the order of
-- their scores, which are not asked for, since Redis takes a microsecond to write each.
local function first_in(classes, person, skip)
  local best, best_score, best_entry, best_head
  local from, count = 0, 5
  while true do
    local heads = redis.call('ZRANGE', HEADS, from, from + count - 1)
    for _, class in ipairs(heads) do
      if string.find(classes, ',' .. class .. ',', 1, true) then
        local members = range(WAITING, class, 0, best and 1 or skip + 2)
        if best and members[1] then
          if score_of(members[1]) > best_score then return best, best_head end
          members = range(WAITING, class, 0, skip + 2)
        end
        for index, member in ipairs(members) do
          local score, entry, id = string.match(member, '^[^|]+|(%d+)|(%d+)|(.+)$')
          if not lets_pass(person, id) then
            if not best or score < best_score or (score == best_score and entry < best_entry) then
              best, best_score, best_entry, best_head = id, score, entry, nil
              if index == 1 then best_head = members[2] or false end
            end
            if index == 1 and redis.call('ZCOUNT', HEADS, score, score) == 1 then return best, best_head end
            break
          end
        end
      end
    end
    if #heads < count then return best, best_head end
    if best and tonumber(redis.call('ZSCORE', HEADS, heads[count])) > tonumber(best_score) then return best, best_head end
    from, count = from + count, 20
  end
end

-- The next work for a person, as first_in: of the first priority in which any waits. What they declined a moment
-- ago is passed over.
local function next_for(agent, person, open)
  local skip = 0
  for id, until_ms in pairs(person.avoid) do
    if tonumber(until_ms) > NOW then skip = skip + 1 else person.avoid[id] = nil end
  end
  local now, mine
  for priority, _, channel, classes in string.gmatch(redis.call('HGET', SERVES, agent), GROUP) do
    if open[channel] then
      if priority ~= now then
        local id, head
        if mine then id, head = first_in(mine, person, skip) end
        if id then return id, head end
        now, mine = priority, classes
      else
        mine = mine .. classes
      end
    end
  end
  if mine then return first_in(mine, person, skip) end
end

-- Fills a person's free slots with waiting work, lists them where one is left, and saves them. Returns what they were
-- offered: {id, record, id, record, ...}.
local function settle(agent, person)
  local offers = {}
  unlist(agent, person)
  count(agent, person)
  local open = open_channels(person)
  while open do
    local id, head = next_for(agent, person, open)
    if not id then
      list(agent, person, open)
      break
    end
    local work = load_work(id)
    pop(id, work, head)
    offers[#offers + 1] = id
    offers[#offers + 1] = offer(id, work, agent, person)
    open = open_channels(person)
  end
  watch_limit(agent, person)
  save_person(agent, person)
  return offers
end

-- Offers work to the first person of its class who is free; returns whether there is one.
local function offer_to_free(id, work)
  local from = 0
  while true do
    local members = range(FREE, class_of(work), from, 4)
    for _, member in ipairs(members) do
      local agent = string.match(member, '([^|]+)$')
      local person = load_person(agent)
      if not lets_pass(person, id) then
        unlist(agent, person)
        offer(id, work, agent, person)
        local open = open_channels(person)
        if open then list(agent, person, open) end
        save_person(agent, person)
        return true
      end
    end
    if #members < 4 then return false end
    from = from + 4
  end
end

-- Promises the customer that a person will get in touch at a moment. More fields say what becomes of it until then.
local function give_promise(id, work, at_ms, reason, ...)
  work.promise = at_ms
  redis.call('ZADD', DUE, at_ms + KEPT_MS, 'missed|' .. at_ms .. '|' .. id)
  step(id, work, 'promised', nil, reason, 'promised_ms', at_ms, 'customer_id', work.cust,
    'notice', work.attempts > 0 and 'retried' or 'promised', ...)
end

-- The same, now where that moment is past: until then nobody is asked, and then the people of the widest ring. A promise
-- whose moment had come already was missed by that. Saves the work.
local function promise(id, work, at_ms, reason)
  if tonumber(at_ms) < NOW then at_ms = NOW_TEXT end
  local before = work.promise and tonumber(work.promise)
  if before and before > 0 and NOW >= before then miss(id, work) end
  work.state, work.agent, work.until_ms, work.direct = 'promised', nil, nil, nil
  local _, queue, class = rings_of(work)
  work.queue, work.class = queue, class
  work.ring_ms, work.skip, work.plan = nil, '', ''
  redis.call('ZADD', DUE, at_ms, 'callback|' .. id)
  give_promise(id, work, at_ms, reason)
  save_work(id, work)
end

local WRITTEN_OUT = { ['\27'] = '\29', ['\28'] = '\30' }

-- What of the plan comes next: the overflow that is due, else the next ring. And the plan behind it. In a plan that an
-- earlier version wrote an overflow leads to no rings.
local function next_of(work)
  for entry in string.gmatch(work.plan, '[^\30]*\30') do
    local leads_to, when = string.match(entry, '([^\29]*)\29([^\29]*)\29\30$')
    local at_ms = begins(work, when)
    if at_ms and NOW >= at_ms then
      local rings = string.find(leads_to, '\28', 1, true) and string.gsub(leads_to, '[\27\28]', WRITTEN_OUT) or ''
      return entry, rings .. closings(work.plan, entry)
    end
  end
  local first, rest = string.match(work.plan, '^([^\30]*\29\29\30)(.*)$')
  return first, rest
end

-- Goes on to what comes next; there is something, but in a plan that an earlier version wrote: then the ring stays.
-- Returns whether that is a promise.
local function next_ring(id, work)
  local entry, rest = next_of(work)
  if not entry then
    work.ring_ms, work.plan = nil, ''
    return false
  end
  local until_s, queue, class, prio, skip, name, promise_ms =
    string.match(entry, '^' .. string.rep('([^\29]*)\29', 7))
  if promise_ms ~= '' and is_promised(work) then -- who waits for one moment is not told of another
    local from, to = string.find(work.plan, entry, 1, true)
    work.plan = string.sub(work.plan, 1, from - 1) .. string.sub(work.plan, to + 1)
    return false
  end
  work.queue, work.class, work.skip, work.plan = queue, class, skip, rest
  if prio ~= '' then work.prio = prio end
  work.score = math.max(0, work.arrival - work.prio * 60000)
  work.ring_ms = until_s ~= '' and work.entered + until_s * 1000 or nil
  if promise_ms ~= '' then
    promise(id, work, promise_ms, name)
    return true
  end
  step(id, work, 'widened', nil, name)
end

-- Whether the current ring is passed over, nobody being free in it: 'available<1' and the like.
local function skips(work)
  local presence, which, bound = string.match(work.skip, '^([%a_]+)([<>])(%d+)$')
  if not presence then return false end
  local people = people_for(work.class, presence)
  if which == '<' then return people < tonumber(bound) end
  return people > tonumber(bound)
end

-- Offers work to somebody free in its ring, or puts it into its place among the waiting. Saves it.
local function place(id, work)
  work.state, work.agent, work.until_ms = 'waiting', nil, nil
  local at_ms = goes_on(work)
  while at_ms and NOW >= at_ms do
    if next_ring(id, work) then return end
    at_ms = goes_on(work)
  end
  while not offer_to_free(id, work) do
    if work.direct or not skips(work) then
      push(id, work)
      save_work(id, work)
      return
    end
    if next_ring(id, work) then return end
  end
end
