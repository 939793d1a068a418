-- Brings back what Redis has lost of one piece of work, as its published steps tell it. Afterwards it is where they say:
-- in the hands of the person who had accepted it, promised, waiting at its age for whoever is free, or ended. What
-- Redis knows as well or better stays as it is.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] conversation: hash, who owns it
-- KEYS[11] ended: string, the last record of this inquiry's earlier work, or what it joined, see enqueue.lua
-- KEYS[12] details: string, what a person reads of this inquiry (JSON)
-- KEYS[13] classes: hash, class -> what it asks for (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] look or mend
-- ARGV[3] inquiry id
-- ARGV[4] the work, as fields: place (waiting, accepted, paused, promised, completed, abandoned), conversation,
--   customer, queue, class, language, topic, priority in minutes, arrival and newest arrival, who has or had it,
--   epoch and seq of the newest step, the highest epoch known of the conversation, members (JSON), causes (list), when
--   it entered, until when the first ring lasts (seconds from then), when it is passed over, and the rings to come;
--   when it is promised for (negative: missed already), when it was accepted, how often a promise was taken in hand, note,
--   when anybody last accepted it. '' for none
-- returns: {'known' | 'unknown_class'} | {what it is now: 'ended' | 'kept' | 'promised' | 'waiting' | 'joined'}
-- include: desk
-- include: capacity
-- include: matching
-- include: moves
local CONVERSATION, ENDED, DETAILS, CLASSES = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local MEND, id = ARGV[2] == 'mend', ARGV[3]
local place_was, conv, cust, queue, class, lang, topic, prio, arrival, last, agent, epoch, seq, floor, members, causes,
  entered, until_s, skip, plan, promise_ms, taken, attempts, note, had =
  string.match(ARGV[4], '^' .. string.rep(FIELD, 25))
epoch, seq, prio, arrival = tonumber(epoch), tonumber(seq), tonumber(prio), tonumber(arrival)

-- seq and epoch, as far as Redis knows them.
local function known_of(work)
  if work then return work.seq, work.epoch end
  local record = redis.call('GET', ENDED)
  if not record then return 0, 0 end
  local joined, joined_seq, joined_epoch = string.match(record, '^joined\31' .. string.rep(FIELD, 3))
  if joined then return tonumber(joined_seq), tonumber(joined_epoch) end
  local ended = read_work(record)
  return ended.seq, ended.epoch
end

local here = load_work(id)
local seq_here, epoch_here = known_of(here)
if seq_here >= seq and epoch_here >= epoch then return { 'known' } end
local over = place_was == 'completed' or place_was == 'abandoned'
if MEND and not over and redis.call('HEXISTS', CLASSES, class) == 0 then return { 'unknown_class' } end

local owner = redis.call('HMGET', CONVERSATION, 'epoch', 'work_id')
local epoch_now = math.max(epoch, epoch_here, tonumber(floor), tonumber(owner[1] or 0))
-- Whoever was given the conversation after this work, the bot for instance, keeps it.
local newest = epoch_now <= math.max(epoch, epoch_here)
local other_id = owner[2] or ''
local other = other_id ~= '' and other_id ~= id and load_work(other_id)
if other and other.state == 'wrapping' then other = nil end
local holder = (place_was == 'accepted' or place_was == 'paused') and load_person(agent)

local function outcome()
  if over then return 'ended' end
  if other then return 'joined' end
  if holder then return 'kept' end
  return place_was == 'promised' and 'promised' or 'waiting'
end
if not MEND then return { outcome() } end

-- Takes an older state of the work out of its place; returns whose it was, to be settled in the end.
local function clear(work)
  redis.call('ZREM', DUE, 'direct|' .. id)
  if work.state == 'waiting' then
    pop(id, work)
  elseif work.state == 'promised' then
    redis.call('ZREM', DUE, 'callback|' .. id)
  else
    local person = load_person(work.agent)
    redis.call('ZREM', DUE, 'offer|' .. work.epoch .. '|' .. id, 'pause|' .. id, 'wrap|' .. work.agent .. '|' .. id)
    if not person then return end
    drop(id, person)
    write_person(work.agent, person)
    tell(work.agent, person)
    return work.agent
  end
end

local before = here and clear(here)
local work = {
  state = 'waiting', conv = conv, cust = cust, queue = queue, class = class, lang = lang, topic = topic, prio = prio,
  arrival = arrival, last = last, score = math.max(0, arrival - prio * 60000), note = note, entered = entered,
  entry = here and here.entry or redis.call('HINCRBY', DESK, 'entry', 1), epoch = epoch_now,
  seq = math.max(seq, seq_here), members = members, causes = causes, attempts = tonumber(attempts), skip = skip,
  plan = plan, ring_ms = until_s ~= '' and entered + until_s * 1000 or nil, promise = some(promise_ms),
  spoke = some(had),
}
local open_promise = string.match(promise_ms, '^%d+$')
if here then redis.call('HDEL', WORK, id) end

local function brought_back()
  if over then
    work.state = place_was
    if not other and newest then give(CONVERSATION, id, work, 'closed', some(agent)) end
    archive(id, work, ENDED, DETAILS)
    return
  end
  if other then
    local all = cjson.decode(other.members)
    for _, member in ipairs(cjson.decode(members)) do all[#all + 1] = member end
    other.members = cjson.encode(all)
    step(other_id, other, 'joined', other.agent)
    save_work(other_id, other)
    local pointer = { 'joined', other_id, work.seq, work.epoch, causes, '' }
    redis.call('SET', ENDED, table.concat(pointer, '\31'), 'PX', KEEP_MS)
    return
  end
  redis.call('DEL', ENDED)
  if open_promise then redis.call('ZADD', DUE, open_promise + KEPT_MS, 'missed|' .. open_promise .. '|' .. id) end
  if holder then
    local person = load_person(agent)
    work.state, work.agent, work.taken, work.spoke = place_was, agent, some(taken), NOW
    local channel = channel_of(class)
    person.held[id] = channel == '' and place_was or place_was .. '/' .. channel
    if place_was == 'accepted' and SILENT_MS ~= '' then redis.call('ZADD', DUE, NOW + SILENT_MS, 'pause|' .. id) end
    save_work(id, work)
    give(CONVERSATION, id, work, 'person', agent)
    tell(agent, person)
    settle(agent, person)
  elseif place_was == 'promised' then
    work.state, work.ring_ms, work.skip, work.plan = 'promised', nil, '', ''
    redis.call('ZADD', DUE, promise_ms, 'callback|' .. id)
    save_work(id, work)
    give(CONVERSATION, id, work, 'queue')
  else
    work.epoch = work.epoch + 1
    if taken ~= '' then restart_rings(work) end
    give(CONVERSATION, id, work, 'queue', some(agent))
    step(id, work, 'requeued', nil, 'Redis had lost it')
    place(id, work)
  end
end

brought_back()
if before and not (holder and before == agent) then settle(before, load_person(before)) end
return { outcome() }
