"""The inbox's addresses. `/ws/inbox/` is in `routing.py`."""

from django.urls import path

from inbox.views import actions, bubbles, consents, files, kinds, page, picker, thread, write

app_name = "inbox"
conversation = "conversations/<uuid:pk>/"
urlpatterns = [
    path("", page.inbox, name="inbox"),
    path("rows/", page.rows, name="rows"),
    path("counts/", page.counts, name="counts"),
    path("uploads/", write.upload, name="upload"),
    path("people/", kinds.people, name="people"),
    path("media/<uuid:pk>/", files.media, name="media"),
    path("media/<uuid:pk>/small/", files.small, name="small"),
    path("media/<uuid:pk>/fetch/", files.fetch, name="fetch"),
    path("contacts/<uuid:pk>/consents/", consents.consents, name="consents"),
    path("contacts/<uuid:pk>/evidence.<str:kind>", consents.evidence, name="evidence"),
    path("messages/<uuid:pk>/again/", write.again, name="again"),
    path("messages/<uuid:pk>/take-back/", write.withdraw, name="take-back"),
    path("messages/<uuid:pk>/react/", kinds.react, name="react"),
    path("messages/<uuid:pk>/earlier/", bubbles.earlier, name="earlier"),
    path("messages/<uuid:pk>/contacts/<int:place>/", bubbles.vcard, name="vcard"),
    path(conversation, page.conversation, name="conversation"),
    path(f"{conversation}history/", thread.history, name="history"),
    path(f"{conversation}head/", thread.head, name="head"),
    path(f"{conversation}composer/", thread.composer, name="composer"),
    path(f"{conversation}contact/", thread.contact, name="contact"),
    path(f"{conversation}assignees/", thread.assignees, name="assignees"),
    path(f"{conversation}assign/", actions.assign, name="assign"),
    path(f"{conversation}resolve/", actions.resolve, name="resolve"),
    path(f"{conversation}reopen/", actions.reopen, name="reopen"),
    path(f"{conversation}read/", actions.read, name="read"),
    path(f"{conversation}reply/", write.reply, name="reply"),
    path(f"{conversation}note/", write.note, name="note"),
    path(f"{conversation}typing/", kinds.typing, name="typing"),
    path(f"{conversation}compose/<slug:name>/", kinds.kind, name="kind"),
    path(f"{conversation}templates/", picker.picker, name="picker"),
    path(f"{conversation}templates/<int:template_pk>/", picker.picked, name="picked"),
    path(f"{conversation}templates/<int:template_pk>/send/", write.template, name="template"),
]
