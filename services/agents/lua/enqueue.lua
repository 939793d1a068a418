-- Takes an inquiry in: offers it to a free person, or puts it into its queue, or lets it join the open work
-- of its conversation. Afterwards its cause (the event) is remembered, so that a redelivery changes nothing,
-- the conversation belongs to the queue, and the inquiry is in exactly one place.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] conversation: hash, who owns it (see services/runtime/conversations.py)
-- KEYS[11] ended: string, the last record of this inquiry's earlier work; or what it joined, as fields:
--   'joined', the work's inquiry id, seq, epoch, causes
-- KEYS[12] details: string, what a person reads of this inquiry (JSON)
-- KEYS[13] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] inquiry id
-- ARGV[3] the inquiry, as fields: cause, conversation id, customer id, queue, class, language, topic, priority
--   in minutes, arrival in milliseconds, how many may wait in the queue (0: no bound), queue and class where
--   that is reached, how many inquiries one piece of work may have
-- ARGV[4] details (JSON)
-- returns: {'enqueued' | 'joined' | 'repeated', inquiry id of the work} | {'unknown_class'}: register the
--   class and call again | {'flood'}: the conversation has too many open inquiries
-- include: desk
-- include: matching
-- include: moves
local CONVERSATION, ENDED, DETAILS, CLASSES = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local id = ARGV[2]
local cause, conv, cust, queue, class, lang, topic, prio, arrival, bound, overflow_queue, overflow_class,
  members_max = string.match(ARGV[3], '^' .. string.rep(FIELD, 13))
prio, arrival, bound = tonumber(prio), math.min(tonumber(arrival), NOW), tonumber(bound)
cause = cause .. '\30'

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
local known = redis.call('HMGET', CLASSES, class, overflow_class)
if not (known[1] and known[2]) then return { 'unknown_class' } end

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

-- The more urgent of the two decides where the work waits.
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
  local moves = prio > tonumber(work.prio) and work.state == 'waiting'
  if moves then
    pop(work_id, work)
    work.prio, work.score = prio, math.max(0, work.arrival - prio * 60000)
    work.queue, work.class, work.topic = queue, class, topic
  end
  step(work_id, work, 'joined', work.agent)
  if moves then place(work_id, work) else save_work(work_id, work) end
  if work.agent and not moves then save_person(work.agent, load_person(work.agent)) end
  return { 'joined', work_id }
end

local conversation = redis.call('HMGET', CONVERSATION, 'owner', 'epoch', 'inquiry_id', 'work_id')
local open_id = conversation[4] or ''
local open = open_id ~= '' and load_work(open_id)
if open and open.state ~= 'wrapping' then return join(open_id, open) end

local same = load_work(id)
if same and (same.state ~= 'wrapping' or caused(same.causes)) then return join(id, same) end
if same then
  local agent = same.agent
  local person = load_person(agent)
  end_wrap_up(id, same, person, ENDED, DETAILS)
  settle(agent, person)
  seq, epoch, causes, was_in = same.seq, same.epoch, same.causes, id
end

local reason
if bound > 0 and redis.call('ZLEXCOUNT', WAITING, '[' .. queue .. '.', '(' .. queue .. '/') >= bound then
  reason = queue .. ' is full'
  queue, class = overflow_queue, overflow_class
end
local conversation_epoch = tonumber(conversation[2] or 0)
if conversation[1] ~= 'queue' or conversation[3] ~= id then conversation_epoch = conversation_epoch + 1 end
local work = {
  state = 'waiting', conv = conv, cust = cust, queue = queue, class = class, lang = lang, topic = topic,
  prio = prio, arrival = arrival, last = arrival, score = math.max(0, arrival - prio * 60000),
  entry = redis.call('HINCRBY', DESK, 'entry', 1), note = '', epoch = math.max(conversation_epoch, epoch + 1),
  seq = seq, members = '[' .. cjson.encode(id) .. ']', causes = causes .. cause,
}
redis.call('SET', DETAILS, ARGV[4])
if was_in then redis.call('DEL', ENDED) end
give(CONVERSATION, id, work, 'queue')
step(id, work, 'enqueued', nil, reason)
place(id, work)
return { 'enqueued', id }
