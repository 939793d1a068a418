-- A supervisor takes work that nobody has accepted. Afterwards it is theirs, whatever they have in hand.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] conversation: hash, who owns it
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] inquiry id
-- ARGV[4] conversation id
-- ARGV[5] reason
-- returns: {'ok', epoch} | {'no_inquiry' | 'moved'} | {'in_hands' | 'not_signed_in', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id, reason = ARGV[2], ARGV[3], ARGV[5]
local work = load_work(id)
if work and work.conv ~= ARGV[4] then return { 'moved' } end
local no = not_free(work)
if not no and redis.call('HEXISTS', PEOPLE, agent) == 0 then no = 'not_signed_in' end
if no then return result(no, work and work.epoch) end

local holder = take_out(id, work, reason, agent)
local person, had = load_person(agent), work.spoke
work.state, work.agent, work.until_ms, work.taken, work.spoke = 'accepted', agent, nil, NOW_TEXT, NOW_TEXT
work.epoch = work.epoch + 1
if SILENT_MS ~= '' then redis.call('ZADD', DUE, NOW + SILENT_MS, 'pause|' .. id) end
local channel = channel_of(work.class)
person.held[id] = channel == '' and 'accepted' or 'accepted/' .. channel
person.idle = NOW_TEXT
step(id, work, 'accepted', agent, reason, 'by', agent, in_hand(id, work, had))
save_work(id, work)
give(KEYS[11], id, work, 'person', agent)
settle(agent, person)
if holder and holder ~= agent then settle(holder, load_person(holder)) end
return result('ok', work.epoch)
