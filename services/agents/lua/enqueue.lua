-- Takes an inquiry in: offers it to a free person, or puts it into its queue, or lets it join the open work
-- of its conversation. Afterwards its cause (the event) is remembered, so that a redelivery changes nothing,
-- the conversation belongs to the queue, and the inquiry is in exactly one place.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] conversation: hash, who owns it (see services/runtime/conversations.py)
-- KEYS[11] ended: string, the last record of this inquiry's earlier work; or what it joined, as fields:
--   'joined', the work's inquiry id, seq, epoch, causes
-- KEYS[12] details: string, what a person reads of this inquiry (JSON)
-- KEYS[13] classes: hash, class -> what it asks for (JSON)
-- KEYS[14] applied: hash, begun -> since when Redis has lost nothing
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] inquiry id
-- ARGV[3] the inquiry, as fields: cause, conversation id, customer id, queue, class, language, topic, priority
--   in minutes, arrival in milliseconds, how many may wait in the queue (0: no bound), where it goes when
--   that is reached, how many inquiries one piece of work may have; until when the first ring lasts (seconds
--   from now), when it is passed over, and the rings to come; who is asked alone first ('ada,*,': in this
--   order; * is who had the conversation last) and for how many milliseconds; all classes named ('a,b,'); the
--   classes of its rings ('b,a,'); where it goes at once instead, where it goes if nobody of these is signed in
--   (an elsewhere: queue, class, promised moment and until when the first ring lasts there, each ended by 1D, and
--   the rings to come there; '' for none); why it goes there at once; the moment that is promised where nobody is
--   signed in who could take it wherever it went, though it waits there all the same ('' for none); when it was
--   decided that people get it
-- ARGV[4] details (JSON)
-- ARGV[5] begun, as the caller knows it ('' where nobody keeps marks)
-- returns: {'lost'}: Redis has lost what it had, so who holds the conversation is not known |
--   {'enqueued' | 'joined' | 'repeated', inquiry id of the work} | {'unknown_class'}: register the
--   class and call again | {'flood'}: the conversation has too many open inquiries
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local CONVERSATION, ENDED, DETAILS, CLASSES = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
if ARGV[5] ~= '' and redis.call('HGET', KEYS[14], 'begun') ~= ARGV[5] then return { 'lost' } end
local id = ARGV[2]
local cause, conv, cust, queue, class, lang, topic, prio, arrival, bound, full,
  members_max, until_s, skip, plan, prefer, prefer_ms, named, rings, at_once, unstaffed,
  why, nobody_ms, decided_ms = string.match(ARGV[3], '^' .. string.rep(FIELD, 24))
prio, arrival, bound = tonumber(prio), math.min(tonumber(arrival), NOW), tonumber(bound)
cause = cause .. '\30'

local ELSEWHERE = '^([^\29]*)\29([^\29]*)\29([^\29]*)\29([^\29]*)\29(.*)$'

local function caused(causes)
  return string.find(causes, cause, 1, true)
end

-- What an inquiry that was here before goes on from: seq, epoch, causes, and what it joined.
local function before()
  local record = redis.call('GET', ENDED)
  if not record then return 0, 0, '' end
  local joined, seq, epoch, causes = string.match(record, '^joined\31' .. string.rep(FIELD, 4))
  if joined then return tonumber(seq), tonumber(epoch), causes, joined end
  local work = read_work(record)
  return work.seq, work.epoch, work.causes, id
end

local seq, epoch, causes, was_in = before()
if caused(causes) then return { 'repeated', was_in } end
for named_class in string.gmatch(named, '[^,]+') do
  if redis.call('HEXISTS', CLASSES, named_class) == 0 then return { 'unknown_class' } end
end

local function point_to(work_id)
  local pointer = { 'joined', work_id, seq, epoch, causes .. cause, '' }
  redis.call('SET', ENDED, table.concat(pointer, '\31'), 'PX', KEEP_MS)
end

local function repeated(work_id, work)
  if work_id ~= id then
    point_to(work_id)
  elseif not caused(work.causes) then
    work.causes = work.causes .. cause
    save_work(work_id, work)
  end
  return { 'repeated', work_id }
end

local function begin_rings(work)
  work.entered = NOW_TEXT
  work.ring_ms = until_s ~= '' and work.entered + until_s * 1000 or nil
  work.skip, work.plan = skip, plan
end

-- The customer has written into a conversation that was silent: it goes on with its person if they are there.
local function wake_up(work_id, work)
  local agent = work.agent
  local person = load_person(agent)
  if (person.presence == 'available' or person.presence == 'busy') and not person.silent then
    resume(work_id, work, person)
    save_work(work_id, work)
    settle(agent, person)
  else
    take_back(work_id, work, person, CONVERSATION, 'the customer has written again, and ' .. agent .. ' is not there',
      'besides_ms', turn_ms(work))
    settle(agent, person)
    place(work_id, work)
  end
end

-- The more urgent of the two decides where the work waits. What is on offer goes to those whom the new message asks for,
-- if these are others: who has the offer might let it lapse, and then it would wait where the first message did.
local function join(work_id, work)
  local members = cjson.decode(work.members)
  for _, member in ipairs(members) do
    if member == id then return repeated(work_id, work) end
  end
  if #members >= tonumber(members_max) then return { 'flood' } end
  members[#members + 1] = id
  work.members = cjson.encode(members)
  work.last = math.max(work.last, arrival)
  point_to(work_id)
  redis.call('SET', DETAILS, ARGV[4])
  local state, holder, person = work.state, nil, nil
  local moves = prio > tonumber(work.prio) and (state == 'waiting' or state == 'promised' or state == 'offered')
  if moves then
    if state == 'waiting' then pop(work_id, work) end
    redis.call('ZREM', DUE, 'callback|' .. work_id)
    if state == 'offered' and work.class ~= class then
      holder = work.agent
      person = load_person(holder)
      end_offer(work_id, work, person, 'rescinded', 'the customer has written something more urgent')
    end
    work.prio, work.score = prio, math.max(0, work.arrival - prio * 60000)
    work.queue, work.class, work.topic = queue, class, topic
    begin_rings(work)
  end
  if work.state == 'accepted' then work.spoke = NOW_TEXT end
  step(work_id, work, 'joined', work.agent)
  if work.state == 'paused' then
    wake_up(work_id, work)
  elseif moves and not work.agent then
    if holder then settle(holder, person) end
    place(work_id, work)
  else
    save_work(work_id, work)
    if work.agent then save_person(work.agent, load_person(work.agent)) end
  end
  return { 'joined', work_id }
end

local conversation = redis.call('HMGET', CONVERSATION, 'owner', 'epoch', 'inquiry_id', 'work_id', 'left_ms')
local same = load_work(id)
if same and same.state == 'wrapping' then -- asked for again, or delivered twice
  if caused(same.causes) then return repeated(id, same) end
  local agent = same.agent
  local person = load_person(agent)
  end_wrap_up(id, same, person, ENDED, DETAILS)
  settle(agent, person)
  seq, epoch, causes, was_in = same.seq, same.epoch, same.causes, id
  same = nil
end
local open_id = conversation[4] or ''
local open = open_id ~= '' and load_work(open_id)
if open and open.state ~= 'wrapping' then return join(open_id, open) end
if same then return join(id, same) end

-- The person who is asked alone first: there, available, and no supervisor lets them have no more.
local function preferred()
  for who in string.gmatch(prefer, '[^,]+') do
    local agent = who
    if who == '*' then agent = redis.call('HGET', CONVERSATION, 'agent_id') or '' end
    local person = load_person(agent)
    if person and person.presence == 'available' and not person.silent and not person.drained then return agent end
  end
end

local elsewhere

-- Elsewhere: other rings of people, or a promise, which is returned.
local function divert(to)
  local to_queue, to_class, promise_ms, first_until_s, later = string.match(to, ELSEWHERE)
  elsewhere = { to_queue, to_class, first_until_s, later .. closings(plan) }
  queue, class = to_queue, to_class
  rings = rings_of({ queue = queue, class = class, plan = later })
  return promise_ms ~= '' and promise_ms or nil
end

local reason, promise_ms
if at_once ~= '' then
  reason = why
  promise_ms = divert(at_once)
elseif unstaffed ~= '' and not is_staffed(rings) then
  reason = NOBODY
  promise_ms = divert(unstaffed)
elseif redis.call('HEXISTS', DESK, 'closed|' .. queue) == 1 then
  reason = queue .. ' is closed for now'
  promise_ms = divert(full)
elseif bound > 0 and redis.call('ZLEXCOUNT', WAITING, '[' .. queue .. '.', '(' .. queue .. '/') >= bound then
  reason = queue .. ' is full'
  promise_ms = divert(full)
end
local nobody = not promise_ms and nobody_ms ~= '' and not is_staffed(rings)
local has_left = not promise_ms and not nobody and tonumber(conversation[5] or 0) > tonumber(decided_ms)
local direct = not promise_ms and not has_left and preferred()
if direct then
  redis.call('ZADD', DUE, NOW + tonumber(prefer_ms), 'direct|' .. id)
  reason = (reason and reason .. '; ' or '') .. direct .. ' is asked first'
end
local conversation_epoch = tonumber(conversation[2] or 0)
if conversation[1] ~= 'queue' or conversation[3] ~= id then conversation_epoch = conversation_epoch + 1 end
local work = {
  state = 'waiting', conv = conv, cust = cust, queue = queue, class = class, lang = lang, topic = topic,
  prio = prio, arrival = arrival, last = arrival, score = math.max(0, arrival - prio * 60000),
  entry = redis.call('HINCRBY', DESK, 'entry', 1), note = '', entered = NOW_TEXT, attempts = 0,
  direct = direct or nil, epoch = math.max(conversation_epoch, epoch + 1),
  seq = seq, members = '[' .. cjson.encode(id) .. ']', causes = causes .. cause,
}
if elsewhere then put_into(work, unpack(elsewhere)) else begin_rings(work) end
redis.call('SET', DETAILS, ARGV[4])
if was_in then redis.call('DEL', ENDED) end
give(CONVERSATION, id, work, 'queue')
step(id, work, 'enqueued', nil, reason)
if promise_ms then
  promise(id, work, promise_ms, reason)
elseif has_left then -- what they said of it was read first: nobody is offered who has gone
  work.state, work.epoch = 'abandoned', work.epoch + 1
  give(CONVERSATION, id, work, 'closed')
  step(id, work, 'abandoned', nil, 'the customer had left before it came here')
  archive(id, work, ENDED, DETAILS)
else
  if nobody then give_promise(id, work, nobody_ms, NOBODY, 'waits', '1') end
  place(id, work)
end
return { 'enqueued', id }
