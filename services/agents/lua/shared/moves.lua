-- What several transitions do to work that somebody holds. Needs desk and matching.

-- Takes work out of a person's hands; the caller settles the person.
local function drop(id, person)
  person.held[id] = nil
  person.idle = NOW_TEXT
end

-- Keeps an inquiry away from a person for a while, and looks again when the while is over.
local function avoid(id, agent, person)
  local until_ms = NOW + REOFFER_MS
  person.avoid[id] = until_ms
  redis.call('ZADD', DUE, until_ms, 'look|' .. until_ms .. '|' .. agent)
end

-- Ends an offer and puts the work back at its original age; `name` is the step. The caller places it
-- once the person's own record is saved.
local function end_offer(id, work, person, name, reason, ...)
  redis.call('ZREM', DUE, 'offer|' .. work.epoch .. '|' .. id)
  local agent = work.agent
  drop(id, person)
  work.epoch = work.epoch + 1
  work.direct = nil
  work.agent = nil
  step(id, work, name, agent, reason, ...)
end

-- Takes back every pending offer of a person; returns the work to place: {id, work, id, work, ...}.
local function rescind_offers(person, reason)
  local ids = {}
  for id, state in pairs(person.held) do
    if held_as(state) == 'offered' then ids[#ids + 1] = id end
  end
  table.sort(ids)
  local back = {}
  for _, id in ipairs(ids) do
    local work = load_work(id)
    end_offer(id, work, person, 'rescinded', reason)
    back[#back + 1] = id
    back[#back + 1] = work
  end
  return back
end

local function place_all(back)
  for index = 1, #back, 2 do place(back[index], back[index + 1]) end
end

-- What comes back after somebody had it goes through the rest of its rings, counted from now: it did not wait. Queues
-- close when they close.
local function restart_rings(work)
  if work.ring_ms then work.ring_ms = work.ring_ms + NOW - work.entered end
  work.entered = NOW_TEXT
end

-- For how long a conversation has been paused: meanwhile it held no slot.
local function paused_ms(work)
  if work.state ~= 'paused' or SILENT_MS == '' then return 0 end
  return math.max(0, NOW - work.spoke - SILENT_MS)
end

-- For how long work has kept its person busy who now gives it back; their step says so, since no `completed` will.
local function turn_ms(work)
  return string.format('%.0f', NOW - (work.taken or NOW) - paused_ms(work))
end

-- Takes accepted work out of a person's hands, to be offered to others at its age; the caller settles the
-- person and places the work.
local function take_back(id, work, person, conversation, reason, ...)
  local agent = work.agent
  redis.call('ZREM', DUE, 'pause|' .. id)
  drop(id, person)
  work.epoch = work.epoch + 1
  work.taken, work.agent = nil, nil
  restart_rings(work)
  give(conversation, id, work, 'queue', agent)
  step(id, work, 'requeued', agent, reason, ...)
end

-- A paused conversation takes its slot again, even where its person has filled it meanwhile.
local function resume(id, work, person)
  local less_ms = string.format('%.0f', 0 - paused_ms(work))
  work.state = 'accepted'
  set_held(person, id, 'accepted')
  work.spoke = NOW_TEXT
  if SILENT_MS ~= '' then redis.call('ZADD', DUE, NOW + SILENT_MS, 'pause|' .. id) end
  step(id, work, 'resumed', work.agent, nil, 'besides_ms', less_ms)
end

-- A person writes to the customer: in the outbox once, and in the conversation. Work that was paused holds its slot
-- again; the person is then returned, and the caller settles them.
local function say(id, work, agent, conversation, turns, reply_id, text, language, turn, turns_kept)
  local person
  if work.state == 'paused' then
    person = load_person(agent)
    resume(id, work, person)
  end
  work.spoke = NOW_TEXT
  step(id, work, 'replied', agent, nil, 'reply_id', reply_id, 'customer_id', work.cust, 'text', text,
    'reply_language', language ~= '' and language or work.lang)
  save_work(id, work)
  redis.call('RPUSH', turns, turn)
  redis.call('LTRIM', turns, -tonumber(turns_kept), -1)
  redis.call('PEXPIRE', turns, KEEP_MS)
  give(conversation, id, work, 'person', agent)
  return person
end

-- Takes work that nobody has accepted out of its place, by order of a supervisor. Returns whose offer it was, to be
-- settled once the work has its new place.
local function take_out(id, work, reason, by)
  redis.call('ZREM', DUE, 'direct|' .. id)
  if work.state == 'waiting' then
    pop(id, work)
  elseif work.state == 'promised' then
    redis.call('ZREM', DUE, 'callback|' .. id)
  else
    local holder = work.agent
    local person = load_person(holder)
    end_offer(id, work, person, 'rescinded', reason, 'by', by)
    write_person(holder, person)
    return holder
  end
  work.direct = nil
end

-- Work is over: its last record is kept for a while for those who ask or come late.
local function archive(id, work, ended, details)
  if work.state ~= 'abandoned' then work.state = 'completed' end
  redis.call('HDEL', WORK, id)
  redis.call('SET', ended, write_work(work), 'PX', KEEP_MS)
  redis.call('PEXPIRE', details, KEEP_MS)
end

-- Ends the wrap-up of a person; the caller settles them.
local function end_wrap_up(id, work, person, ended, details)
  redis.call('ZREM', DUE, 'wrap|' .. work.agent .. '|' .. id)
  drop(id, person)
  step(id, work, 'wrapped_up', work.agent, nil, 'besides_ms', string.format('%.0f', NOW - work.spoke))
  archive(id, work, ended, details)
end

-- Ends the wrap-up or takes back the accepted work of a person who goes; adds what is to be placed to `back`.
local function let_go(id, person, back, conversation, ended, details, reason)
  local work = load_work(id)
  if work.state == 'wrapping' then return end_wrap_up(id, work, person, ended, details) end
  take_back(id, work, person, conversation, reason, 'besides_ms', turn_ms(work))
  back[#back + 1] = id
  back[#back + 1] = work
end

-- Work that waits for one person only is opened to everybody of its class.
local function open_to_all(id, work, reason)
  redis.call('ZREM', DUE, 'direct|' .. id)
  pop(id, work)
  work.direct = nil
  step(id, work, 'requeued', nil, reason)
  place(id, work)
end

-- What waits for a person who goes, of every channel, in its order: '@agent|...' and '@agent/channel|...'.
local function open_all_direct(agent, reason)
  local found = {}
  for from, to in pairs({ ['|'] = '}', ['/'] = '0' }) do
    for _, member in ipairs(redis.call('ZRANGEBYLEX', WAITING, '[@' .. agent .. from, '(@' .. agent .. to)) do
      local order, id = string.match(member, '^[^|]+|(%d+|%d+)|(.+)$')
      found[#found + 1] = { order = order, id = id }
    end
  end
  table.sort(found, function(one, other) return one.order < other.order end)
  for _, each in ipairs(found) do open_to_all(each.id, load_work(each.id), reason) end
end

-- A person goes: nothing of theirs stays behind. The caller has placed or kept their work.
local function sign_off(agent, person)
  person.presence = 'signed_out'
  tell(agent, person)
  unlist(agent, person)
  uncount(agent, person)
  redis.call('HDEL', PEOPLE, agent)
  redis.call('HDEL', SERVES, agent)
  redis.call('ZREM', DUE, 'presence|' .. agent)
  redis.call('PUBLISH', DESK, agent)
end
