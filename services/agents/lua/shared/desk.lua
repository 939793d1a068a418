-- The desk's state, as every transition sees it. Included first.
--
-- KEYS[1] work: hash, inquiry id -> work record, open work only
-- KEYS[2] people: hash, agent id -> person record, signed-in people only
-- KEYS[3] serves: hash, agent id -> the classes that the person can serve, in groups by the person's priority, the
--   order and the channel: '1:i:,class,class,;1:i-phone:,class,;2:s:,class,;'
-- KEYS[4] waiting: sorted set, all scores 0, 'class|score|entry|inquiry id': waiting work in the order of
--   its class (score = arrival - priority, milliseconds; entry = a running number that breaks ties)
-- KEYS[5] heads: sorted set, class -> score of its first waiting work
-- KEYS[6] free: sorted set, all scores 0, 'class|rank|agent id': people with a free slot and nothing to do, once
--   for each class that they serve, in the order of the class; and '#class|presence|agent id': everybody
--   signed in, to be counted
-- KEYS[7] due: sorted set, what the timers must look at -> when, milliseconds
-- KEYS[8] outbox: stream, the steps that still have to be published. Field `steps` holds all steps of one transition,
--   in order, each ended by 1E, of: inquiry id, conversation id, step, seq, epoch, queue, agent id, topic, language,
--   priority in minutes, milliseconds waited, members (JSON), configuration version, now, when it was accepted,
--   reason, class, the person that it waits for, with 1F between them. What more a step says are fields of their own, of
--   the first of `steps`. A change of the desk itself, and a person (see tell), is an entry without `steps`
-- KEYS[9] desk: hash, entry and turn (running numbers), generation (grows with every class), roster (grows with
--   every sign-in), config_version (by which people are served), config_held (which one counts, and until when where
--   nobody who uses it is heard of), config_next (which other one is asked for, since when and when last), closed|QUEUE (who has closed it); and the name of the channel on which a person's
--   id is announced when their work has changed
-- ARGV[1] settings, each ended by |: now, milliseconds ('' for the server's clock); configuration version;
--   how long an offer stands, how long an inquiry is not offered again to who declined it, how long a
--   heartbeat counts, grace after a lost one, all milliseconds; lapses in a row that set a person away; how
--   long a command's result and how long ended work and idle conversations are kept, milliseconds; how long a
--   conversation may be silent before it gives its slot back ('' for ever); how many offers a person gets in
--   how many milliseconds ('' for any number); channels as 'phone=4=email,social;', their units and what they
--   interrupt ('' where channels are not told apart); how long after its moment a callback's promise is still kept,
--   milliseconds; queues whose work is accepted as it is offered, or never is, 'chat=1,callbacks=0,'. A script that
--   only reads may pass '': the server's clock
--
-- Records are fields, each ended by a unit separator (1F): JSON costs eight times as much here. Lists within
-- a field are entries, each ended by 1E, with 1D between their parts. '' is nil.
local WORK, PEOPLE, SERVES, WAITING, HEADS, FREE, DUE, OUTBOX, DESK
local NAME, NOW, NOW_TEXT, STEPS
local CONFIG_VERSION, OFFER_MS, REOFFER_MS, HEARTBEAT_MS, GRACE_MS, LAPSES, MEMORY_MS, KEEP_MS, SILENT_MS,
  RATE_OFFERS, RATE_MS, CHANNELS, KEPT_MS, AUTO_QUEUES
local UNITS, INTERRUPTS, AUTO = {}, {}, {}
local SETTINGS = '^' .. ('([^|]*)|'):rep(14)
local ARGUMENT_READ, NOW_READ, SETTINGS_READ

local function read_settings(argument)
  local now, settings = string.match(argument, '^([^|]*)|(.*)$')
  if settings and settings ~= SETTINGS_READ then
    CONFIG_VERSION, OFFER_MS, REOFFER_MS, HEARTBEAT_MS, GRACE_MS, LAPSES, MEMORY_MS, KEEP_MS, SILENT_MS,
      RATE_OFFERS, RATE_MS, CHANNELS, KEPT_MS, AUTO_QUEUES = string.match(settings, SETTINGS)
    UNITS, INTERRUPTS, AUTO = {}, {}, {}
    for queue, auto in string.gmatch(AUTO_QUEUES, '([^=,]+)=(%d),') do AUTO[queue] = auto == '1' end
    for channel, units, over in string.gmatch(CHANNELS, '(%a+)=(%d+)=([^;]*);') do
      UNITS[channel], INTERRUPTS[channel] = tonumber(units), over ~= '' and ',' .. over .. ',' or nil
    end
    SETTINGS_READ = settings
  end
  ARGUMENT_READ, NOW_READ = argument, now or ''
end

-- Called first by every transition, with its name. As a library this text is read once, and settings that have not
-- changed since the call before are not read again.
local function begin(name)
  NAME, STEPS = name, ''
  WORK, PEOPLE, SERVES, WAITING, HEADS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
  FREE, DUE, OUTBOX, DESK = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
  if ARGV[1] ~= ARGUMENT_READ then read_settings(ARGV[1]) end
  NOW, NOW_TEXT = tonumber(NOW_READ), NOW_READ
  if not NOW then
    local time = redis.call('TIME')
    NOW = time[1] * 1000 + math.floor(time[2] / 1000)
    NOW_TEXT = string.format('%.0f', NOW)
  end
end

-- Steps travel to the outbox together: an entry of its own for each, of seventeen fields, cost four times as much.
local STEPS_BYTES = 16384

local function write_steps(...)
  if STEPS ~= '' then redis.call('XADD', OUTBOX, '*', 'steps', STEPS, ...) end
  STEPS = ''
end

-- Called last by every transition, with what it returns.
local function finish(answer)
  write_steps()
  return answer
end

local FIELD = '([^\31]*)\31'

-- Counters as text. Formatting a number takes Lua as long as reading a hash takes Redis, so small ones are kept.
local TEXTS = {}

local function text(number)
  local known = TEXTS[number]
  if known then return known end
  local new = string.format('%.0f', number)
  if number < 300 then TEXTS[number] = new end
  return new
end

local function some(text)
  if text ~= '' then return text end
end

-- state (waiting, offered, accepted, paused, wrapping, promised, completed, abandoned), conv, cust, queue, class, lang, topic,
-- prio, arrival, last (arrival of the newest member), score, entry, agent, until_ms (the offer's end), taken (when
-- it was accepted), direct (the person that it waits for), note, epoch, seq, members (inquiry ids, JSON),
-- causes (list: the events that brought it here), entered (when it came to the desk), ring_ms (when the next ring
-- begins), skip (when this ring is passed over; 'time' where nothing but ring_ms ends it), plan (list: the rings to
-- come), spoke (the last word of anybody while a person has it, kept afterwards, and when they completed it; '' until
-- somebody has had it),
-- promise (when a callback is due or was, until somebody takes it in hand; negative once that was too late), attempts
-- (how often somebody took one in hand).
-- Numbers that nothing is done with stay text, and moments are set as text: formatting one costs 0.4 microseconds.
local WORK_FIELDS = '^' .. FIELD:rep(28)

local function read_work(record)
  local state, conv, cust, queue, class, lang, topic, prio, arrival, last, score, entry, agent, until_ms, taken,
    direct, note, epoch, seq, members, causes, entered, ring_ms, skip, plan, spoke, promise, attempts =
    string.match(record, WORK_FIELDS)
  return {
    state = state, conv = conv, cust = cust, queue = queue, class = class, lang = lang, topic = topic,
    prio = prio, arrival = arrival, last = last, score = score, entry = entry, agent = some(agent),
    until_ms = some(until_ms), taken = some(taken), direct = some(direct), note = note,
    epoch = tonumber(epoch), seq = tonumber(seq), members = members, causes = causes, entered = entered,
    ring_ms = some(ring_ms), skip = skip, plan = plan, spoke = some(spoke),
    promise = some(promise), attempts = tonumber(attempts),
  }
end

local function write_work(w)
  return w.state .. '\31' .. w.conv .. '\31' .. w.cust .. '\31' .. w.queue .. '\31' .. w.class
    .. '\31' .. w.lang .. '\31' .. w.topic .. '\31' .. w.prio .. '\31' .. w.arrival .. '\31' .. w.last
    .. '\31' .. w.score .. '\31' .. w.entry .. '\31' .. (w.agent or '') .. '\31' .. (w.until_ms or '')
    .. '\31' .. (w.taken or '') .. '\31' .. (w.direct or '') .. '\31' .. w.note .. '\31' .. text(w.epoch)
    .. '\31' .. text(w.seq) .. '\31' .. w.members .. '\31' .. w.causes .. '\31' .. w.entered
    .. '\31' .. (w.ring_ms or '') .. '\31' .. w.skip .. '\31' .. w.plan .. '\31' .. (w.spoke or '')
    .. '\31' .. (w.promise or '') .. '\31' .. text(w.attempts) .. '\31'
end

local function load_work(id)
  local record = redis.call('HGET', WORK, id)
  return record and read_work(record)
end

-- Returns the record.
local function save_work(id, work)
  local record = write_work(work)
  redis.call('HSET', WORK, id, record)
  return record
end

-- presence, reason, capacity (units), limits (',auto,phone=1,chat=3,'; auto: offers are accepted as they are made),
-- held (inquiry id -> state, or state/channel),
-- idle (since when), lapses, avoid (inquiry id -> until), beat (last heartbeat), silent, listed (how the entries in
-- free were made), staffed (the presence in the entries that are counted), turn (a number that grew with the
-- last offer), recent (list: when the last offers came, where they are limited), drained (the supervisor who lets
-- them have no more offers), v (grows with every change)
local PERSON_FIELDS = '^' .. FIELD:rep(16)

local function read_map(text)
  local map = {}
  for key, value in string.gmatch(text, '([^\29]*)\29([^\30]*)\30') do map[key] = value end
  return map
end

local function write_map(map)
  local text = ''
  for key, value in pairs(map) do text = text .. key .. '\29' .. value .. '\30' end
  return text
end

local function load_person(agent)
  local record = redis.call('HGET', PEOPLE, agent)
  if not record then return nil end
  local presence, reason, capacity, limits, held, idle, lapses, avoid, beat, silent, listed, staffed, turn, recent,
    drained, v = string.match(record, PERSON_FIELDS)
  return {
    presence = presence, reason = reason, capacity = tonumber(capacity), limits = limits, held = read_map(held),
    idle = idle, lapses = tonumber(lapses), avoid = read_map(avoid), beat = tonumber(beat), silent = some(silent),
    listed = some(listed), staffed = some(staffed), turn = turn, recent = recent,
    drained = some(drained), v = tonumber(v),
  }
end

local function write_person(agent, p)
  local record = p.presence .. '\31' .. p.reason .. '\31' .. text(p.capacity) .. '\31' .. p.limits
    .. '\31' .. write_map(p.held) .. '\31' .. p.idle .. '\31' .. text(p.lapses) .. '\31' .. write_map(p.avoid)
    .. '\31' .. p.beat .. '\31' .. (p.silent or '') .. '\31' .. (p.listed or '') .. '\31' .. (p.staffed or '')
    .. '\31' .. p.turn .. '\31' .. p.recent .. '\31' .. (p.drained or '') .. '\31' .. text(p.v) .. '\31'
  redis.call('HSET', PEOPLE, agent, record)
end

-- What a person holds, as (state, channel); the channel is '' where the desk does not tell them apart.
local function held_as(value)
  return string.match(value, '^(%a+)/?(%a*)$')
end

local function set_held(person, id, state)
  local _, channel = held_as(person.held[id])
  person.held[id] = channel == '' and state or state .. '/' .. channel
end

local function save_person(agent, person)
  person.v = person.v + 1
  write_person(agent, person)
  redis.call('PUBLISH', DESK, agent)
end

-- Appends a step to the outbox, in the same atomic step as the change itself.
local function step(id, work, name, agent, reason, ...)
  work.seq = work.seq + 1
  local waited = (work.taken or NOW) - work.arrival
  local more = select('#', ...) > 0
  if more or #STEPS > STEPS_BYTES then write_steps() end
  STEPS = STEPS .. id .. '\31' .. work.conv .. '\31' .. name .. '\31' .. text(work.seq) .. '\31' .. text(work.epoch)
    .. '\31' .. work.queue .. '\31' .. (agent or '') .. '\31' .. work.topic .. '\31' .. work.lang .. '\31' .. work.prio
    .. '\31' .. (waited > 0 and waited or '0') .. '\31' .. work.members .. '\31' .. CONFIG_VERSION .. '\31'
    .. NOW_TEXT .. '\31' .. (work.taken or '') .. '\31' .. (reason or '') .. '\31' .. work.class .. '\31'
    .. (work.direct or '') .. '\30'
  if more then write_steps(...) end
end

-- Appends a change of the desk itself to the outbox; `command` makes its event's id.
local function desk_change(change, command, subject, by, reason)
  write_steps()
  redis.call('XADD', OUTBOX, '*', 'change', change, 'command_id', command, 'subject', subject, 'by', by,
    'reason', reason, 'config_version', CONFIG_VERSION, 'at_ms', NOW_TEXT)
end

local TELL_EVERY_MS = 600000

-- The entries of a map in order, or those with a later moment than now.
local function in_order(map, only_later)
  local entries = {}
  for key, value in pairs(map) do
    if not only_later or tonumber(value) > NOW then entries[#entries + 1] = key .. '\29' .. value .. '\30' end
  end
  table.sort(entries)
  return table.concat(entries)
end

-- Appends what a person is now to the outbox, wherever that is more than the steps of their work say: so a reader of
-- both knows who held what at any moment, though matching writes nothing for it. Called before the same transition
-- offers them anything, and with the first heartbeat of every ten minutes: older entries need not be read.
local function tell(agent, p)
  write_steps()
  redis.call('XADD', OUTBOX, '*', 'person', agent, 'presence', p.presence, 'reason', p.reason,
    'silent', p.silent and '1' or '', 'drained', p.drained and '1' or '', 'capacity', text(p.capacity),
    'held', in_order(p.held), 'idle_ms', p.idle, 'avoid', in_order(p.avoid, true), 'turn', p.turn,
    'turns', redis.call('HGET', DESK, 'turn') or '0', 'recent', RATE_OFFERS == '' and '' or p.recent,
    'config_version', CONFIG_VERSION, 'at_ms', NOW_TEXT)
end

-- Whether the customer has been told of a moment that is still to come.
local function is_promised(work)
  return work.promise and tonumber(work.promise) > NOW
end

-- Nobody has a promised callback in hand, and its time is over. Each promise counts once: kept, late or missed.
local function miss(id, work)
  local at_ms = work.promise
  work.promise = '-' .. at_ms
  step(id, work, 'missed', nil, 'nobody had it in hand in time', 'promised_ms', at_ms)
end

-- Somebody takes work in hand; returns what that step says of a promise. The caller saves the work.
local function answer_promise(id, work)
  if not work.promise then return end
  if tonumber(work.promise) > 0 and NOW >= work.promise + KEPT_MS then miss(id, work) end
  local late, at_ms = string.match(work.promise, '^(%-?)(%d+)$')
  work.promise, work.attempts = nil, work.attempts + 1
  return 'promised_ms', at_ms, 'promise', late == '-' and 'late' or 'kept'
end

-- How long work that somebody has had before waits since, or has waited.
local function waited_again(work)
  return string.format('%.0f', NOW - work.entered)
end

-- What the step says by which somebody takes work in hand: of a promise, and where somebody `had` it before, so that
-- no wait counts twice.
local function in_hand(id, work, had)
  if not had then return answer_promise(id, work) end
  return 'waited_again_ms', waited_again(work), answer_promise(id, work)
end

-- The work is `agent`'s from now on. The caller notes it among what the person holds.
local function accept_work(id, work, agent, person)
  local had = work.spoke
  work.state, work.until_ms, work.taken, work.direct, work.spoke = 'accepted', nil, NOW_TEXT, nil, NOW_TEXT
  if SILENT_MS ~= '' then redis.call('ZADD', DUE, NOW + SILENT_MS, 'pause|' .. id) end
  person.lapses = 0
  step(id, work, 'accepted', agent, nil, in_hand(id, work, had))
end

-- A ring of the plan: until when it lasts (seconds from the entry), queue, class, priority ('': what the work has), when
-- it is passed over, name, promised moment, the rings that an overflow leads to (with 1B and 1C for 1D and 1E), and when
-- it begins. A ring of the target begins where the one before ends, and says '' there. An overflow begins by the clock,
-- whichever ring counts: '+300', seconds from the entry; 'fraud@1790-1791', when that queue closes and opens again, for
-- work that waits there. It comes behind all rings.

-- When an overflow begins for work as it is; nil where it does not concern it.
local function begins(work, when)
  local after_s = string.match(when, '^%+(%d+)$')
  if after_s then return work.entered + after_s * 1000 end
  local queue, closes_ms, opens_ms = string.match(when, '^([^@]+)@(%d+)%-(%d+)$')
  if queue == work.queue and tonumber(opens_ms) > NOW then return tonumber(closes_ms) end
end

-- When work that waits goes on to what comes next: to its next ring, or to an overflow that begins before that.
local function goes_on(work)
  local first_ms = work.ring_ms and tonumber(work.ring_ms)
  for when in string.gmatch(work.plan, '\29([^\29]+)\29\30') do
    local at_ms = begins(work, when)
    if at_ms and not (first_ms and first_ms <= at_ms) then first_ms = at_ms end
  end
  return first_ms
end

-- What of a plan counts wherever work goes: when queues close. But for one entry, where that is given.
local function closings(plan, but)
  local kept = ''
  for entry in string.gmatch(plan, '[^\30]*\30') do
    if entry ~= but and string.find(entry, '@%d+%-%d+\29\30$') then kept = kept .. entry end
  end
  return kept
end

-- Gives the conversation to `owner`; its epoch follows the work's. `agent` is kept where nobody new has it.
local function give(conversation, id, work, owner, agent)
  local open_id, epoch = owner == 'closed' and '' or id, text(work.epoch)
  if agent then
    redis.call('HSET', conversation, 'owner', owner, 'epoch', epoch, 'inquiry_id', id,
      'work_id', open_id, 'changed_ms', NOW_TEXT, 'agent_id', agent)
  else
    redis.call('HSET', conversation, 'owner', owner, 'epoch', epoch, 'inquiry_id', id,
      'work_id', open_id, 'changed_ms', NOW_TEXT)
  end
  redis.call('PEXPIRE', conversation, KEEP_MS)
end
