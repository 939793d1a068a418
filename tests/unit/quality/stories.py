"""Conversations as they happen: every kind of life of an inquiry, with the events it leaves on the
topics and the outcome it must have."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.quality.world import ASSUME_AFTER_MS, Kind, World


def bot_answers(world: World, ends: Kind) -> str:
    inquiry_id = world.new_inquiry(ends)
    world.decide(inquiry_id, "bot")
    world.reply(inquiry_id, "bot")
    return inquiry_id


def confirmed(world: World) -> None:
    world.say("helped", bot_answers(world, "confirmed"))


def confirmed_without_naming_the_inquiry(world: World) -> None:
    bot_answers(world, "confirmed")
    world.say("helped", None)


def silent(world: World) -> None:
    bot_answers(world, "assumed")


def leaves_after_the_answer(world: World) -> None:
    world.say("left", bot_answers(world, "assumed"))


def thanks_in_words(world: World) -> None:
    answered = bot_answers(world, "assumed")
    world.decide(world.new_inquiry("confirmed"), "bot", continues=answered, why="thanks")


def thanks_and_comes_back(world: World) -> None:
    answered = bot_answers(world, "handed_off")
    world.decide(world.new_inquiry("confirmed"), "bot", continues=answered, why="thanks")
    world.say("not_helped", answered)
    world.decide(answered, "human")
    world.work("completed", answered)


def thanks_too_late(world: World) -> None:
    inquiry_id = bot_answers(world, "assumed")
    world.wait(ASSUME_AFTER_MS)
    world.say("helped", inquiry_id)


def not_helped(world: World) -> None:
    inquiry_id = bot_answers(world, "handed_off")
    world.say("not_helped", inquiry_id)
    world.decide(inquiry_id, "human")
    world.work("enqueued", inquiry_id)
    world.reply(inquiry_id, "person")
    world.work("completed", inquiry_id)


def helped_by_the_person_after_all(world: World) -> None:
    inquiry_id = bot_answers(world, "handed_off")
    world.say("wants_person", None)
    world.decide(inquiry_id, "human")
    world.reply(inquiry_id, "person")
    world.say("helped", inquiry_id)
    world.work("completed", inquiry_id)


def helped_and_later_not(world: World) -> None:
    inquiry_id = bot_answers(world, "confirmed")
    world.say("helped", inquiry_id)
    world.say("not_helped", inquiry_id)
    world.decide(inquiry_id, "human")
    world.work("completed", inquiry_id)


def handed_over(world: World) -> None:
    inquiry_id = world.new_inquiry("handed_off")
    world.hand_over(world.decide(inquiry_id, "bot"))
    world.work("accepted", inquiry_id)
    world.reply(inquiry_id, "person")
    world.work("completed", inquiry_id)


def person_from_the_start(world: World) -> None:
    inquiry_id = world.new_inquiry("handed_off")
    world.decide(inquiry_id, "human")
    world.reply(inquiry_id, "person")
    world.work("completed", inquiry_id)


def gives_up_waiting(world: World) -> None:
    inquiry_id = world.new_inquiry("abandoned")
    world.decide(inquiry_id, "human")
    world.say("left", inquiry_id)
    world.work("abandoned", inquiry_id)


def asks_again(world: World) -> None:
    first = bot_answers(world, "handed_off")
    again = world.new_inquiry("handed_off")
    world.decide(again, "human", continues=first)
    world.work("completed", again)


def writes_twice_while_waiting(world: World) -> None:
    first = world.new_inquiry("handed_off")
    world.decide(first, "human")
    more = world.new_inquiry("handed_off")
    world.decide(more, "human", continues=first)
    world.work("joined", first, more)
    world.work("completed", first, more)


def gives_up_with_two_messages(world: World) -> None:
    first = world.new_inquiry("abandoned")
    world.decide(first, "human")
    more = world.new_inquiry("abandoned")
    world.decide(more, "human", continues=first)
    world.work("abandoned", first, more)


def not_helped_while_a_person_has_another_matter(world: World) -> None:
    answered = bot_answers(world, "handed_off")
    other = world.new_inquiry("handed_off")
    world.decide(other, "human")
    world.say("not_helped", answered)
    world.work("completed", other)


def asks_for_a_person_while_another_matter_ends(world: World) -> None:
    """The router reads the wish only after the other work has ended the conversation."""
    answered = bot_answers(world, "handed_off")
    other = world.new_inquiry("handed_off")
    world.decide(other, "human")
    world.say("wants_person", answered)
    world.work("completed", other)
    world.decide(answered, "human")
    world.work("completed", answered)


def writes_again_just_as_the_first_work_ends(world: World) -> None:
    """The further message is decided before the end and becomes work of its own after it."""
    first = world.new_inquiry("abandoned")
    world.decide(first, "human")
    more = world.new_inquiry("handed_off")
    world.decide(more, "human", continues=first)
    world.work("abandoned", first)
    world.work("enqueued", more)
    world.work("completed", more)


def answer_dropped_because_a_person_was_asked_for(world: World) -> None:
    first = world.new_inquiry("handed_off")
    decision = world.decide(first, "bot")
    wish = world.new_inquiry("handed_off")
    world.decide(wish, "human", continues=first)
    world.work("enqueued", wish)
    world.hand_over(decision)
    world.work("joined", wish, first)
    world.work("completed", wish, first)


def answers_the_questions_of_the_bot(world: World) -> None:
    first = world.new_inquiry("handed_off")
    asked = world.decide(first, "bot")
    answer = world.new_inquiry("handed_off")
    answered = world.decide(answer, "bot", continues=first)
    world.hand_over(asked)
    world.hand_over(answered)
    world.work("enqueued", first)
    world.work("joined", first, answer)
    world.work("completed", first, answer)


def asks_for_a_person_instead_of_answering(world: World) -> None:
    """The bot has handed over neither the matter nor the first answer."""
    first = world.new_inquiry("handed_off")
    world.decide(first, "bot")
    answer = world.new_inquiry("handed_off")
    world.decide(answer, "bot", continues=first)
    wish = world.new_inquiry("handed_off")
    world.decide(wish, "human", continues=first)
    world.work("enqueued", wish)
    world.work("completed", wish)


def answers_when_people_have_the_matter_already(world: World) -> None:
    first = world.new_inquiry("handed_off")
    asked = world.decide(first, "bot")
    answer = world.new_inquiry("handed_off")
    world.decide(answer, "bot", continues=first)
    world.hand_over(asked)
    world.work("enqueued", first)
    world.work("completed", first)


def leaves_while_the_bot_asks(world: World) -> None:
    first = world.new_inquiry("abandoned")
    world.decide(first, "bot")
    world.ask(first)
    answer = world.new_inquiry("abandoned")
    world.decide(answer, "bot", continues=first)
    world.ask(answer)
    world.say("left", None)


def leaves_before_the_bot_has_asked(world: World) -> None:
    first = world.new_inquiry("abandoned")
    world.decide(first, "bot")
    world.say("left", first)
    world.ask(first)


def leaves_the_question_that_followed_an_answer(world: World) -> None:
    """Whom the bot's answer did not help was asked for facts; they were not helped."""
    answered = world.new_inquiry("abandoned")
    world.decide(answered, "bot")
    world.reply(answered, "bot")
    again = world.new_inquiry("abandoned")
    world.decide(again, "bot", continues=answered)
    world.ask(again)
    world.say("left", None)


def leaves_and_comes_back_for_a_person(world: World) -> None:
    """What comes after the end is another visit."""
    first = world.new_inquiry("abandoned")
    world.decide(first, "bot")
    world.ask(first)
    world.say("left", None)
    world.decide(first, "human")
    world.work("enqueued", first)
    world.work("completed", first)


def leaves_while_the_last_answer_completes_the_brief(world: World) -> None:
    """The bot has read the answer, so people get the whole matter, though its customer has gone."""
    first = world.new_inquiry("abandoned")
    asked = world.decide(first, "bot")
    world.ask(first)
    answer = world.new_inquiry("abandoned")
    answered = world.decide(answer, "bot", continues=first)
    world.say("left", None)
    world.hand_over(asked)
    world.hand_over(answered)
    world.work("enqueued", first)
    world.work("joined", first, answer)
    world.work("completed", first, answer)


def asks_the_same_twice_before_the_answer(world: World) -> None:
    """The bot's one answer is the answer to both."""
    first = world.new_inquiry("assumed")
    world.decide(first, "bot")
    again = world.new_inquiry("assumed")
    world.decide(again, "bot", continues=first)
    world.reply(first, "bot")


def asks_the_same_twice_and_was_helped_by_neither(world: World) -> None:
    first = world.new_inquiry("handed_off")
    world.decide(first, "bot")
    again = world.new_inquiry("handed_off")
    world.decide(again, "bot", continues=first)
    world.reply(first, "bot")
    world.say("not_helped", None)
    world.decide(again, "human")
    world.work("enqueued", again)
    world.work("completed", again)


STORIES: tuple[Callable[[World], None], ...] = (
    confirmed,
    confirmed_without_naming_the_inquiry,
    silent,
    leaves_after_the_answer,
    thanks_in_words,
    thanks_and_comes_back,
    thanks_too_late,
    not_helped,
    helped_by_the_person_after_all,
    helped_and_later_not,
    handed_over,
    person_from_the_start,
    gives_up_waiting,
    asks_again,
    writes_twice_while_waiting,
    gives_up_with_two_messages,
    not_helped_while_a_person_has_another_matter,
    asks_for_a_person_while_another_matter_ends,
    writes_again_just_as_the_first_work_ends,
    answer_dropped_because_a_person_was_asked_for,
    answers_the_questions_of_the_bot,
    asks_for_a_person_instead_of_answering,
    answers_when_people_have_the_matter_already,
    leaves_while_the_bot_asks,
    leaves_before_the_bot_has_asked,
    leaves_the_question_that_followed_an_answer,
    leaves_and_comes_back_for_a_person,
    leaves_while_the_last_answer_completes_the_brief,
    asks_the_same_twice_before_the_answer,
    asks_the_same_twice_and_was_helped_by_neither,
)
