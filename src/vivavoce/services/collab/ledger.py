"""What is known of a document's Yjs clients: how far each has written, whose it is, where its surrogate pairs are; pure."""

from vivavoce.services.collab import fit
from vivavoce.services.collab.lib0 import encode_state_vector
from vivavoce.services.collab.update import Border, Run, Update

CLIENTS_PER_PARTICIPANT_MAX = 128


class Ledger:
    """``clocks`` is the state vector, ``owners`` the participant behind each client id, ``pairs`` as ``fit.cuts_pair`` wants."""

    def __init__(self, clocks: dict[int, int], owners: dict[int, str], pairs: set[Border]) -> None:
        self.clocks = clocks
        self._owners = owners
        self._pairs = pairs
        self._claimed: dict[str, int] = {}
        for owner in owners.values():
            self._claimed[owner] = self._claimed.get(owner, 0) + 1

    def vector(self) -> bytes:
        """The state vector, encoded."""
        return encode_state_vector(self.clocks.items())

    def news(self, update: Update) -> list[Run]:
        """The runs that bring something unknown."""
        return [run for run in update.runs if run.end > self.clocks.get(run.client, 0)]

    def firsts(self, update: Update) -> list[Run]:
        """The runs of clients that have written nothing yet."""
        return [run for run in update.runs if run.client not in self.clocks]

    def lacking(self, participant: str, update: Update) -> dict[int, int]:
        """Client id to the clock that must be reached first: gaps, or else new structs that only their owner may bring."""
        return fit.missing(update, self.clocks) or {
            run.client: run.end
            for run in self.news(update)
            if self.is_anothers(run.client, participant)
        }

    def own(self, participant: str, update: Update) -> list[Run]:
        """The runs that this participant may bring."""
        return [run for run in update.runs if not self.is_anothers(run.client, participant)]

    def is_anothers(self, client: int, participant: str) -> bool:
        return self._owners.get(client, participant) != participant

    def has_reached(self, clocks: dict[int, int]) -> bool:
        return all(self.clocks.get(client, 0) >= clock for client, clock in clocks.items())

    def claim_all(self, participant: str, update: Update) -> bool:
        """Whether every client id with news in the update is this participant's, or now becomes so."""
        return not [run for run in self.news(update) if not self.claim(participant, run.client)]

    def claim(self, participant: str, client: int) -> bool:
        """First come, first served, up to ``CLIENTS_PER_PARTICIPANT_MAX`` ids."""
        owner = self._owners.get(client)
        if owner is not None:
            return owner == participant
        count = self._claimed.get(participant, 0)
        if count >= CLIENTS_PER_PARTICIPANT_MAX:
            return False
        self._owners[client] = participant
        self._claimed[participant] = count + 1
        return True

    def cuts_pair(self, update: Update) -> bool:
        return fit.cuts_pair(update, self._pairs, self.clocks)

    def vector_cuts_pair(self, vector: dict[int, int]) -> bool:
        return not self._pairs.isdisjoint(vector.items())

    def advance(self, update: Update) -> None:
        """The update is in the document."""
        for run in update.runs:
            if run.end > self.clocks.get(run.client, 0):
                self.clocks[run.client] = run.end
            if run.pairs:
                self._pairs.update((run.client, clock) for clock in run.pairs)
