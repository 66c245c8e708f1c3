"""/v1/course: the chapters of the course, in English and Chinese."""

from fastapi import APIRouter
from pydantic import BaseModel

from recurra.serve.course.chapters import Language, chapters
from recurra.serve.errors import ApiError

router = APIRouter(prefix="/v1/course")


class Heading(BaseModel):
    """A chapter in the list of all: its name and its title."""

    name: str
    title: str


class Contents(BaseModel):
    """The chapters in order; none where the package was built without them."""

    chapters: list[Heading]


class ChapterContent(BaseModel):
    """A chapter as HTML, without its title. has_outputs: whether what its code shows stands below it."""

    name: str
    title: str
    html: str
    has_outputs: bool


@router.get("")
def contents(language: Language = "en") -> Contents:
    """List the chapters."""
    return Contents(chapters=[Heading(name=each.name, title=each.title) for each in chapters(language).values()])


@router.get("/{chapter}")
def chapter(chapter: str, language: Language = "en") -> ChapterContent:
    """Give a chapter.

    Raises:
        ApiError: 404, there is none of this name.
    """
    by_name = chapters(language)
    if chapter not in by_name:
        raise ApiError(404, f"chapter: expected one of {', '.join(by_name)}, got another", "chapter", "not_found")
    content = by_name[chapter]
    return ChapterContent(name=content.name, title=content.title, html=content.html, has_outputs=content.has_outputs)
