"""Which interviews an organisation has: the one way in this service to an interview that a session names."""

from vivavoce.contracts.interviews import InterviewView, InterviewViews
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.ids import InterviewId, OrganisationId, is_id


async def view_of_own(
    views: InterviewViews, organisation: OrganisationId, interview: InterviewId
) -> InterviewView:
    """The organisation's interview.

    Raises:
        NotFound: there is none, or it is another's.
    """
    refusal = NotFound("There is no such interview.")
    if not is_id(interview, kind="itv"):  # nothing to wait for
        raise refusal
    view = await views.get(interview)
    if view.organisation != organisation:
        raise refusal
    return view
