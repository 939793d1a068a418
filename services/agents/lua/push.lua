-- A supervisor gives work that nobody has accepted to one person, whatever they have in hand. Afterwards it is on
-- offer to them.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] supervisor
-- ARGV[3] inquiry id
-- ARGV[4] agent id
-- ARGV[5] reason
-- returns: {'ok', epoch} | {'no_inquiry'} | {'in_hands' | 'target_absent' | 'already_theirs', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local by, id, agent, reason = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local work = load_work(id)
local no = not_free(work)
local person = not no and load_person(agent)
if not no and not (person and person.presence == 'available' and not person.silent) then no = 'target_absent' end
if not no and work.agent == agent then no = 'already_theirs' end
if no then return result(no, work and work.epoch) end

local holder = take_out(id, work, reason, by)
unlist(agent, person)
offer(id, work, agent, person, reason, by)
local open = open_channels(person)
if open then list(agent, person, open) end
save_person(agent, person)
if holder then settle(holder, load_person(holder)) end
return result('ok', work.epoch)
