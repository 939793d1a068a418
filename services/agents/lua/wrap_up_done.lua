-- Ends a wrap-up, by the person or because its time is over. Afterwards the slot is free.
-- KEYS[1..9] the desk, see shared/desk.lua
-- KEYS[10] command: string, the result of this command
-- KEYS[11] ended: string, the last record of this work
-- KEYS[12] details: string, what a person reads of this inquiry (JSON)
-- ARGV[1] settings, see shared/desk.lua
-- ARGV[2] agent id
-- ARGV[3] inquiry id
-- returns: {'ok', epoch, {id, record, ...}}: what they were offered next, told once only |
--   {'no_inquiry'} | {'not_wrapping' | 'elsewhere', epoch}
-- include: desk
-- include: commands
-- include: capacity
-- include: matching
-- include: moves
local before = earlier()
if before then return before end
local agent, id = ARGV[2], ARGV[3]
local work = load_work(id)
local no = refusal(work, agent, nil, 'wrapping')
if no then return result(no, work and work.epoch) end

local person = load_person(agent)
end_wrap_up(id, work, person, KEYS[11], KEYS[12])
return result('ok', work.epoch, settle(agent, person))
